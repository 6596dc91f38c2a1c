import {
  callersType
  defaultSystemType
  deliveryType
  mosipType
  openCrvsType
  quarantineType
  scaleType
  signInType
  tagsType
  tokenSeederType
} from 'types.bicep'

param name string
param location string
param tags tagsType
param identityName string
param subnetId string
param storageName string
param vaultUrl string
param applicationInsightsName string
param clientName string
param system string
param openCrvs openCrvsType
param mosip mosipType
param defaultSystem defaultSystemType
param delivery deliveryType
param quarantine quarantineType
param tokenSeeder tokenSeederType
param rotationTakes string
param scale scaleType
param callers callersType
param signIn signInType
param collectorUrl string

// Flex Consumption scales the HTTP functions as one group and every queue function on its own, each up to maximumInstanceCount.
// These groups call the other side: HTTP, births, deaths, seeder batches. What it takes at once is shared out over all of them.
var callingGroups = 4
var processes = scale.maximumInstanceCount * callingGroups
var rules = [
  for (range, i) in concat(callers.openCrvs, callers.mosip, callers.operators): {
    name: 'caller-${i}'
    ipAddress: range
    action: 'Allow'
    priority: 100 + i
  }
]
var deploymentRules = [
  for (range, i) in callers.operators: {
    name: 'operator-${i}'
    ipAddress: range
    action: 'Allow'
    priority: 100 + i
  }
]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: subnetId
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}deployments'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: scale.maximumInstanceCount
        instanceMemoryMB: scale.instanceMemoryMB
        alwaysReady: scale.alwaysReadyHttp > 0 ? [{ name: 'http', instanceCount: scale.alwaysReadyHttp }] : []
        triggers: { http: { perInstanceConcurrency: scale.httpConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      // OpenCRVS and MOSIP call the same site, so both are let in to all of it; what each may do is decided by
      // signature, token and function key. See docs/threat-model.md.
      ipSecurityRestrictions: rules
      ipSecurityRestrictionsDefaultAction: callers.openToInternet ? 'Allow' : 'Deny'
      scmIpSecurityRestrictions: deploymentRules
      scmIpSecurityRestrictionsDefaultAction: callers.openToInternet ? 'Allow' : 'Deny'
      scmIpSecurityRestrictionsUseMain: false
    }
  }

  // Deployments sign in with Entra; there are no passwords to leak.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  // One line per setting that the code reads, and none besides: NationalId.Tests/Infra/BicepTests.cs compares.
  resource settings 'config' = {
    name: 'appsettings'
    properties: {
      AzureWebJobsStorage__accountName: storage.name
      AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
      AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
      AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      // Which identity DefaultAzureCredential takes, and that it tries no other.
      AZURE_CLIENT_ID: identity.properties.clientId
      AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
      APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl

      NationalId__ClientName: clientName
      NationalId__System: system
      NationalId__OpenCrvs__AuthUrl: openCrvs.authUrl
      NationalId__OpenCrvs__WebhookUrl: openCrvs.webhookUrl
      NationalId__OpenCrvs__CallbackUrl: empty(openCrvs.callbackUrl)
        ? 'https://${app.properties.defaultHostName}/api/webhooks'
        : openCrvs.callbackUrl
      NationalId__OpenCrvs__MediatorUrl: openCrvs.mediatorUrl
      NationalId__OpenCrvs__TokenField: openCrvs.tokenField
      NationalId__OpenCrvs__SaveDeathAid: string(openCrvs.saveDeathAid)
      NationalId__OpenCrvs__Topics: openCrvs.topics
      NationalId__OpenCrvs__StaleCallbacks: openCrvs.staleCallbacks
      NationalId__OpenCrvs__TellBirthOfDeath: string(openCrvs.tellBirthOfDeath)

      NationalId__Mosip__AuthUrl: mosip.authUrl
      NationalId__Mosip__GenerateAidUrl: mosip.generateAidUrl
      NationalId__Mosip__BirthUrl: mosip.birthUrl
      NationalId__Mosip__DeathUrl: mosip.deathUrl
      NationalId__Mosip__AllowUnsignedTokens: string(mosip.allowUnsignedTokens)
      NationalId__Mosip__Timeout: mosip.timeout
      NationalId__Mosip__MaxConcurrency: string(max(1, mosip.callsAtOnce / processes))

      NationalId__DefaultSystem__BirthUrl: defaultSystem.birthUrl
      NationalId__DefaultSystem__DeathUrl: defaultSystem.deathUrl
      NationalId__DefaultSystem__Authentication: defaultSystem.authentication
      NationalId__DefaultSystem__TokenUrl: defaultSystem.tokenUrl
      NationalId__DefaultSystem__Scope: defaultSystem.scope
      NationalId__DefaultSystem__NationalIdField: defaultSystem.nationalIdField
      NationalId__DefaultSystem__Timeout: defaultSystem.timeout
      NationalId__DefaultSystem__MaxConcurrency: string(max(1, defaultSystem.callsAtOnce / processes))

      NationalId__Delivery__FirstDelay: delivery.firstDelay
      NationalId__Delivery__LongestDelay: delivery.longestDelay
      NationalId__Delivery__StuckAfter: delivery.stuckAfter
      NationalId__Delivery__OrphanAfter: delivery.orphanAfter
      NationalId__Delivery__PayloadRetention: delivery.payloadRetention
      NationalId__Delivery__IntakeStorageBudget: delivery.intakeStorageBudget
      NationalId__Delivery__QuickRetries: string(delivery.quickRetries)
      NationalId__Delivery__CircuitBreak: delivery.circuitBreak
      NationalId__Delivery__LeaseFor: delivery.leaseFor
      NationalId__Delivery__LinkPatience: delivery.linkPatience

      NationalId__Quarantine__MaxCount: string(quarantine.maxCount)
      NationalId__Quarantine__MaxBytes: string(quarantine.maxBytes)
      NationalId__Quarantine__KeepFor: quarantine.keepFor

      NationalId__Secrets__KeyVaultUrl: vaultUrl
      NationalId__Secrets__CacheFor: rotationTakes

      NationalId__Ida__Language: tokenSeeder.language

      TOKENSEEDER_MOSIP_AUTH__PARTNER_ID: tokenSeeder.partnerId
      TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL: tokenSeeder.idaAuthUrl
      TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_DOMAIN_URI: tokenSeeder.idaAuthDomainUri
      TOKENSEEDER_MOSIP_AUTH__IDA_AUTH_ENV: tokenSeeder.idaAuthEnvironment
      TOKENSEEDER_CRYPTO_ENCRYPT__ENCRYPT_CERT_PATH: tokenSeeder.encryptCertPath
      TOKENSEEDER_CRYPTO_SIGNATURE__SIGN_P12_FILE_PATH: tokenSeeder.signP12Path
      TOKENSEEDER_AUTHTOKEN__MANDATORY_VALIDATION_AUTH_FIELDS: tokenSeeder.mandatoryFields
      TOKENSEEDER_ROOT__SYNC_OPERATION_MODE: string(tokenSeeder.syncOperationMode)
      TOKENSEEDER_AUTHTOKEN__SYNC_TIMEOUT_SECONDS: string(tokenSeeder.syncTimeoutSeconds)
      TOKENSEEDER_ROOT__DEFAULT_LANG_CODE: tokenSeeder.defaultLanguage
      TOKENSEEDER_ROOT__NAME_DELIMITER: tokenSeeder.nameDelimiter
      TOKENSEEDER_ROOT__FULL_ADDRESS_DELIMITER: tokenSeeder.fullAddressDelimiter
      TOKENSEEDER_CLEANUP__CLEANUP_EXPIRY_SECONDS: string(tokenSeeder.keepResultsSeconds)
    }
  }

  // Operators sign in with Entra before they get to the page and its API, which then want the master key besides. The paths that are
  // left out belong to callers who prove themselves otherwise; a path that is forgotten here is closed, not open.
  resource entra 'config' = if (!empty(signIn.clientId)) {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: 'RedirectToLoginPage'
        redirectToProvider: 'azureactivedirectory'
        excludedPaths: [
          '/api/webhooks'
          '/api/birthReceiveNid'
          '/api/national-id'
          '/api/authtoken/json'
          '/api/authtoken/csv'
          '/api/authtoken/status/*'
          '/api/authtoken/file/*'
          '/api/health'
        ]
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: signIn.clientId
            openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          }
          validation: { allowedAudiences: [signIn.clientId, 'api://${signIn.clientId}'] }
        }
      }
      // Who signed in is all that is asked: no token is kept.
      login: { tokenStore: { enabled: false } }
      httpSettings: { requireHttps: true }
    }
  }
}

output name string = app.name
output webhookUrl string = 'https://${app.properties.defaultHostName}/api/webhooks'
