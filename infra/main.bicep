// The National ID client on Azure: a Flex Consumption function app with its storage, vault, network and alerts.
// No key, password or connection string with a key is anywhere in here: everything is reached by managed identity.
targetScope = 'resourceGroup'

import {
  alertsType
  callersType
  defaultSystemType
  deliveryType
  esignetType
  limitsType
  mosipApiType
  mosipType
  packetsType
  osiaType
  networkType
  openCrvsType
  operationsType
  quarantineType
  reconcileType
  scaleType
  signInType
  tokenSeederType
  webSubType
} from 'modules/types.bicep'

@description('Begins every name: letters and digits. Capital letters are made small, since storage takes no others.')
@minLength(3)
@maxLength(10)
param prefix string

@description('Flex Consumption has no deployment slots: staging is a deployment of its own, in its own resource group.')
@allowed(['dev', 'staging', 'prod'])
param stage string

param location string = resourceGroup().location

@description('The one National ID client\'s name in OpenCRVS: MOSIP takes the MOSIP path.')
@minLength(1)
param clientName string

@description('The National ID system: mosip-mediator, mosip-packets, osia or any; empty, the client\'s name decides.')
@allowed(['', 'mosip-mediator', 'mosip-packets', 'osia', 'any'])
param system string = ''

param openCrvs openCrvsType
param mosip mosipType
param webSub webSubType
param reconcile reconcileType
param mosipApi mosipApiType
param esignet esignetType
param packets packetsType
param osia osiaType
param defaultSystem defaultSystemType
param delivery deliveryType

param operations operationsType
param quarantine quarantineType
param limits limitsType
param tokenSeeder tokenSeederType
param scale scaleType
param network networkType
param callers callersType
param signIn signInType
param alerts alertsType

@description('How long a secret is used before the vault is asked again: a rotation\'s time to take effect.')
param rotationTakes string = '00:05:00'

@description('An OpenTelemetry collector that gets telemetry too, e.g. http://10.80.2.4:4317; \'\' for Application Insights alone.')
param collectorUrl string = ''

@description('Payloads older than this are deleted whatever their state: a last resort, far beyond the client\'s own retention.')
@minValue(90)
param payloadLastResortDays int = 400

@description('How long logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

var begin = toLower(prefix)
var suffix = uniqueString(resourceGroup().id, begin, stage)
// 24 characters, of which at least six are the suffix: a vault's name is taken for 90 days after its end, and nobody else in the world may have it.
var storageName = take('${take('st${begin}${stage}', 18)}${suffix}', 24)
var vaultName = take('${take('kv-${begin}-${stage}', 17)}-${suffix}', 24)
var tags = { application: 'opencrvs-national-id-client', stage: stage }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${begin}-${stage}'
  location: location
  tags: tags
}

module net 'modules/network.bicep' = {
  params: {
    name: '${begin}-${stage}'
    location: location
    tags: tags
    network: network
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    name: '${begin}-${stage}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: storageName
    location: location
    tags: tags
    subnetId: net.outputs.functionsSubnetId
    operators: callers.operators
    openToInternet: callers.openToInternet
    payloadLastResortDays: payloadLastResortDays
    redundancy: stage == 'prod' ? 'Standard_ZRS' : 'Standard_LRS'
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    name: vaultName
    location: location
    tags: tags
    subnetId: net.outputs.functionsSubnetId
    operators: callers.operators
    openToInternet: callers.openToInternet
    workspaceId: monitoring.outputs.workspaceId
  }
}

module roles 'modules/roles.bicep' = {
  params: {
    #disable-next-line what-if-short-circuiting
    principalId: identity.properties.principalId
    storageName: storageName
    vaultName: vaultName
    applicationInsightsName: 'appi-${begin}-${stage}'
  }
  dependsOn: [storage, vault]
}

module app 'modules/app.bicep' = {
  params: {
    name: 'func-${begin}-${stage}-${suffix}'
    location: location
    tags: tags
    identityName: identity.name
    subnetId: net.outputs.functionsSubnetId
    storageName: storageName
    vaultUrl: vault.outputs.url
    applicationInsightsName: 'appi-${begin}-${stage}'
    clientName: clientName
    system: system
    openCrvs: openCrvs
    mosip: mosip
    webSub: webSub
    reconcile: reconcile
    mosipApi: mosipApi
    esignet: esignet
    packets: packets
    osia: osia
    defaultSystem: defaultSystem
    delivery: delivery
    operations: operations
    quarantine: quarantine
    limits: limits
    tokenSeeder: tokenSeeder
    rotationTakes: rotationTakes
    scale: scale
    callers: callers
    signIn: signIn
    collectorUrl: collectorUrl
  }
  // By name, so that a what-if can see them. Without its roles the app would start to read what it may not.
  dependsOn: [storage, roles]
}

module alerting 'modules/alerts.bicep' = {
  params: {
    name: '${begin}-${stage}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    alerts: alerts
    alwaysRuns: scale.alwaysReadyHttp > 0
  }
}

output functionApp string = app.outputs.name
output webhookUrl string = app.outputs.webhookUrl
output keyVault string = vault.outputs.name
output outboundAddress string = net.outputs.outboundAddress
