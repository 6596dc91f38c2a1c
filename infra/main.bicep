// The National ID client on Azure: a Flex Consumption function app with its storage, vault, network and alerts.
// No key, password or connection string with a key is anywhere in here: everything is reached by managed identity.
targetScope = 'resourceGroup'

import {
  alertsType
  callersType
  defaultSystemType
  deliveryType
  mosipType
  networkType
  openCrvsType
  quarantineType
  scaleType
  signInType
  tokenSeederType
} from 'modules/types.bicep'

@description('Begins every name; lower-case letters and digits.')
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

@description('The National ID system: mosip-mediator or any; empty, the client\'s name decides.')
@allowed(['', 'mosip-mediator', 'any'])
param system string = ''

param openCrvs openCrvsType
param mosip mosipType
param defaultSystem defaultSystemType
param delivery deliveryType

param quarantine quarantineType
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

var suffix = uniqueString(resourceGroup().id, prefix, stage)
var storageName = take('st${prefix}${stage}${suffix}', 24)
var tags = { application: 'opencrvs-national-id-client', stage: stage }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${prefix}-${stage}'
  location: location
  tags: tags
}

module net 'modules/network.bicep' = {
  params: {
    name: '${prefix}-${stage}'
    location: location
    tags: tags
    network: network
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    name: '${prefix}-${stage}'
    location: location
    tags: tags
    identityId: identity.id
    principalId: identity.properties.principalId
    retentionDays: logRetentionDays
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: storageName
    location: location
    tags: tags
    identityId: identity.id
    principalId: identity.properties.principalId
    subnetId: net.outputs.functionsSubnetId
    operators: callers.operators
    openToInternet: callers.openToInternet
    payloadLastResortDays: payloadLastResortDays
    redundancy: stage == 'prod' ? 'Standard_ZRS' : 'Standard_LRS'
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    name: take('kv-${prefix}-${stage}-${suffix}', 24)
    location: location
    tags: tags
    identityId: identity.id
    principalId: identity.properties.principalId
    subnetId: net.outputs.functionsSubnetId
    operators: callers.operators
    openToInternet: callers.openToInternet
    workspaceId: monitoring.outputs.workspaceId
  }
}

module app 'modules/app.bicep' = {
  params: {
    name: 'func-${prefix}-${stage}-${suffix}'
    location: location
    tags: tags
    identityName: identity.name
    subnetId: net.outputs.functionsSubnetId
    storageName: storageName
    vaultUrl: vault.outputs.url
    applicationInsightsName: 'appi-${prefix}-${stage}'
    clientName: clientName
    system: system
    openCrvs: openCrvs
    mosip: mosip
    defaultSystem: defaultSystem
    delivery: delivery
    quarantine: quarantine
    tokenSeeder: tokenSeeder
    rotationTakes: rotationTakes
    scale: scale
    callers: callers
    signIn: signIn
    collectorUrl: collectorUrl
  }
  // By name, so that a what-if can see them; the identity's roles are in there too.
  dependsOn: [storage]
}

module alerting 'modules/alerts.bicep' = {
  params: {
    name: '${prefix}-${stage}'
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
