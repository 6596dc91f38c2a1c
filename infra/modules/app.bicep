import {
  callersType
  defaultSystemType
  deliveryType
  esignetType
  limitsType
  mosipApiType
  mosipType
  packetsType
  openCrvsType
  operationsType
  osiaType
  quarantineType
  reconcileType
  scaleType
  signInType
  tagsType
  tokenSeederType
  webSubType
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
param packets packetsType
param webSub webSubType
param reconcile reconcileType
param mosipApi mosipApiType
param esignet esignetType
param osia osiaType
param defaultSystem defaultSystemType
param delivery deliveryType
param operations operationsType
param quarantine quarantineType
param limits limitsType
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
// Application Insights' log of one trace, in the portal.
var traceQuery = 'union requests, dependencies, traces, exceptions | where operation_Id == "{0}" | order by timestamp asc'
var traceLink = '${environment().portal}/#@${tenant().tenantId}/blade/Microsoft_OperationsManagementSuite_Workspace/Logs.ReactView/resourceId/${uriComponent(insights.id)}/source/LogsBlade.AnalyticsShareLinkToQuery/query/${replace(uriComponent(traceQuery), uriComponent('{0}'), '{traceId}')}/timespan/P30D'
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
  // By this tag azd finds where the code goes: azure.yaml.
  tags: union(tags, { 'azd-service-name': 'client' })
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
      // Microsoft documents it for this API version; the types that Bicep brings along don't have it yet.
      #disable-next-line BCP037
      siteUpdateStrategy: { type: scale.siteUpdates }
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
      NationalId__OpenCrvs__TokenEndpoint: openCrvs.tokenEndpoint
      NationalId__OpenCrvs__PublicKeyUrl: openCrvs.publicKeyUrl
      NationalId__OpenCrvs__PublicKey: openCrvs.publicKey
      NationalId__OpenCrvs__CallerScopes: openCrvs.callerScopes
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
      NationalId__OpenCrvs__Version: openCrvs.version
      NationalId__OpenCrvs__EventsUrl: openCrvs.eventsUrl
      NationalId__OpenCrvs__CountryConfigUrl: openCrvs.countryConfigUrl
      NationalId__OpenCrvs__BirthEvent: openCrvs.birthEvent
      NationalId__OpenCrvs__DeathEvent: openCrvs.deathEvent
      NationalId__OpenCrvs__AnswerWithin: openCrvs.answerWithin
      NationalId__OpenCrvs__EligibleWithBirthDate: string(openCrvs.eligibleWithBirthDate)
      NationalId__OpenCrvs__EligibleBelowAge: string(openCrvs.eligibleBelowAge)
      NationalId__OpenCrvs__EligibleIfVerified: openCrvs.eligibleIfVerified
      NationalId__OpenCrvs__VerifiedValues: openCrvs.verifiedValues
      NationalId__OpenCrvs__RevokeActions: openCrvs.revokeActions
      NationalId__OpenCrvs__ReinstateActions: openCrvs.reinstateActions
      NationalId__OpenCrvs__ConfirmWhen: openCrvs.confirmWhen
      NationalId__OpenCrvs__ConfirmPatience: openCrvs.confirmPatience
      NationalId__OpenCrvs__RegistrationNumberTemplate: openCrvs.registrationNumberTemplate
      NationalId__OpenCrvs__LocationId: openCrvs.locationId
      NationalId__OpenCrvs__BirthAidField: openCrvs.birthAidField
      NationalId__OpenCrvs__BirthTokenField: openCrvs.birthTokenField
      NationalId__OpenCrvs__BirthNumberField: openCrvs.birthNumberField
      NationalId__OpenCrvs__DeathAidField: openCrvs.deathAidField
      NationalId__Reconcile__Sources: reconcile.sources
      NationalId__Reconcile__GatewayUrl: reconcile.gatewayUrl
      NationalId__Reconcile__Grace: reconcile.grace
      NationalId__Reconcile__Overlap: reconcile.overlap
      NationalId__Reconcile__LongestValidation: reconcile.longestValidation
      NationalId__Reconcile__Every: reconcile.every
      NationalId__Reconcile__CallEvery: reconcile.callEvery
      NationalId__Reconcile__PageSize: string(reconcile.pageSize)
      NationalId__Reconcile__DailyQuota: string(reconcile.dailyQuota)
      NationalId__Reconcile__VerifyByRecordSearch: string(reconcile.verifyByRecordSearch)
      NationalId__Reconcile__ReleasePerMinute: string(reconcile.releasePerMinute)
      NationalId__Reconcile__ReindexUrl: reconcile.reindexUrl
      NationalId__Reconcile__ReindexFrom: reconcile.reindexFrom
      NationalId__OpenCrvs__Fields__ChildName: openCrvs.fields.childName
      NationalId__OpenCrvs__Fields__ChildBirthDate: openCrvs.fields.childBirthDate
      NationalId__OpenCrvs__Fields__ChildGender: openCrvs.fields.childGender
      NationalId__OpenCrvs__Fields__ChildNationalId: openCrvs.fields.childNationalId
      NationalId__OpenCrvs__Fields__MotherName: openCrvs.fields.motherName
      NationalId__OpenCrvs__Fields__MotherBirthDate: openCrvs.fields.motherBirthDate
      NationalId__OpenCrvs__Fields__MotherNationalId: openCrvs.fields.motherNationalId
      NationalId__OpenCrvs__Fields__FatherName: openCrvs.fields.fatherName
      NationalId__OpenCrvs__Fields__FatherBirthDate: openCrvs.fields.fatherBirthDate
      NationalId__OpenCrvs__Fields__FatherNationalId: openCrvs.fields.fatherNationalId
      NationalId__OpenCrvs__Fields__DeceasedName: openCrvs.fields.deceasedName
      NationalId__OpenCrvs__Fields__DeceasedBirthDate: openCrvs.fields.deceasedBirthDate
      NationalId__OpenCrvs__Fields__DeceasedGender: openCrvs.fields.deceasedGender
      NationalId__OpenCrvs__Fields__DeceasedNationalId: openCrvs.fields.deceasedNationalId
      NationalId__OpenCrvs__Fields__DeathDate: openCrvs.fields.deathDate
      NationalId__OpenCrvs__Fields__SpouseName: openCrvs.fields.spouseName
      NationalId__OpenCrvs__Fields__SpouseBirthDate: openCrvs.fields.spouseBirthDate
      NationalId__OpenCrvs__Fields__SpouseNationalId: openCrvs.fields.spouseNationalId
      NationalId__OpenCrvs__Fields__ChildAddress: openCrvs.fields.childAddress
      NationalId__OpenCrvs__Fields__MotherAddress: openCrvs.fields.motherAddress
      NationalId__OpenCrvs__Fields__FatherAddress: openCrvs.fields.fatherAddress
      NationalId__OpenCrvs__Fields__DeceasedAddress: openCrvs.fields.deceasedAddress
      NationalId__OpenCrvs__Fields__SpouseAddress: openCrvs.fields.spouseAddress
      NationalId__OpenCrvs__Fields__InformantRelation: openCrvs.fields.informantRelation
      NationalId__OpenCrvs__Fields__InformantName: openCrvs.fields.informantName
      NationalId__OpenCrvs__Fields__InformantBirthDate: openCrvs.fields.informantBirthDate
      NationalId__OpenCrvs__Fields__InformantNationalId: openCrvs.fields.informantNationalId
      NationalId__OpenCrvs__Fields__InformantAddress: openCrvs.fields.informantAddress
      NationalId__OpenCrvs__Fields__InformantPhone: openCrvs.fields.informantPhone
      NationalId__OpenCrvs__Fields__InformantEmail: openCrvs.fields.informantEmail
      NationalId__OpenCrvs__Fields__Authentication: openCrvs.fields.authentication
      NationalId__OpenCrvs__Fields__AddressCity: openCrvs.fields.addressCity
      NationalId__OpenCrvs__Fields__AddressDistrict: openCrvs.fields.addressDistrict
      NationalId__OpenCrvs__Fields__AddressState: openCrvs.fields.addressState
      NationalId__OpenCrvs__Fields__AddressPostalCode: openCrvs.fields.addressPostalCode

      NationalId__Mosip__AuthUrl: mosip.authUrl
      NationalId__Mosip__GenerateAidUrl: mosip.generateAidUrl
      NationalId__Mosip__BirthUrl: mosip.birthUrl
      NationalId__Mosip__DeathUrl: mosip.deathUrl
      NationalId__Mosip__AllowUnsignedTokens: string(mosip.allowUnsignedTokens)
      NationalId__Mosip__UinLength: string(mosip.uinLength)
      NationalId__Mosip__VidLength: string(mosip.vidLength)
      NationalId__Mosip__CheckDigit: string(mosip.checkDigit)
      NationalId__Mosip__OnDeath: mosip.onDeath
      NationalId__Mosip__OnRevocation: mosip.onRevocation
      NationalId__Mosip__Timeout: mosip.timeout
      NationalId__Mosip__MaxConcurrency: string(max(1, mosip.callsAtOnce / processes))
      NationalId__Mosip__Packets__Url: packets.url
      NationalId__Mosip__Packets__AuthUrl: packets.authUrl
      NationalId__Mosip__Packets__PacketUrl: packets.packetUrl
      NationalId__Mosip__Packets__WorkflowUrl: packets.workflowUrl
      NationalId__Mosip__Packets__AuthAppId: packets.authAppId
      NationalId__Mosip__Packets__CenterId: packets.centerId
      NationalId__Mosip__Packets__MachineId: packets.machineId
      NationalId__Mosip__Packets__OfficerId: packets.officerId
      NationalId__Mosip__Packets__RegistrationIds: packets.registrationIds
      NationalId__Mosip__Packets__SaveRegistrationId: string(packets.saveRegistrationId)
      NationalId__Mosip__Packets__Source: packets.source
      NationalId__Mosip__Packets__BirthProcess: packets.birthProcess
      NationalId__Mosip__Packets__DeathProcess: packets.deathProcess
      NationalId__Mosip__Packets__SchemaVersion: packets.schemaVersion
      NationalId__Mosip__Packets__SchemaJson: packets.schemaJson
      NationalId__Mosip__Packets__SchemaFile: packets.schemaFile
      NationalId__Mosip__Packets__BirthFields: packets.birthFields
      NationalId__Mosip__Packets__BirthRequired: packets.birthRequired
      NationalId__Mosip__Packets__DeathFields: packets.deathFields
      NationalId__Mosip__Packets__DeathRequired: packets.deathRequired
      NationalId__Mosip__Packets__OldestInfant: string(packets.oldestInfant)
      NationalId__Mosip__Packets__CorrectionProcess: packets.correctionProcess
      NationalId__Mosip__Packets__CorrectionFields: packets.correctionFields
      NationalId__Mosip__Packets__BirthRevokedProcess: packets.birthRevokedProcess
      NationalId__Mosip__Packets__BirthRevokedFields: packets.birthRevokedFields
      NationalId__Mosip__Packets__DeathRevokedProcess: packets.deathRevokedProcess
      NationalId__Mosip__Packets__DeathRevokedFields: packets.deathRevokedFields
      NationalId__Mosip__Packets__AcceptsVid: string(packets.acceptsVid)
      NationalId__Mosip__Packets__AskStatus: string(packets.askStatus)
      NationalId__Mosip__Packets__FirstStatusAfter: packets.firstStatusAfter
      NationalId__Mosip__Packets__LongestStatusGap: packets.longestStatusGap

      NationalId__Mosip__WebSub__HubUrl: webSub.hubUrl
      NationalId__Mosip__WebSub__CallbackUrl: empty(webSub.callbackUrl)
        ? 'https://${app.properties.defaultHostName}/api/websub/callback'
        : webSub.callbackUrl
      NationalId__Mosip__WebSub__Topic: webSub.topic
      NationalId__Mosip__WebSub__WorkflowTopic: webSub.workflowTopic
      NationalId__Mosip__WebSub__AuthUrl: webSub.authUrl
      NationalId__Mosip__WebSub__AuthAppId: webSub.authAppId
      NationalId__Mosip__WebSub__RenewEvery: webSub.renewEvery
      NationalId__Mosip__WebSub__RequireHubSignature: string(webSub.requireHubSignature)
      NationalId__Mosip__WebSub__RequireProof: string(webSub.requireProof)
      NationalId__Mosip__WebSub__SignerSubject: webSub.signerSubject
      NationalId__Mosip__WebSub__CredentialTypes: webSub.credentialTypes
      NationalId__Mosip__WebSub__NumberAttributes: webSub.numberAttributes
      NationalId__Mosip__WebSub__NationalIdField: webSub.nationalIdField
      NationalId__Mosip__WebSub__ShareAddresses: webSub.shareAddresses
      NationalId__Mosip__WebSub__LinkedDataProofTypes: webSub.linkedDataProofTypes
      NationalId__Mosip__WebSub__VerificationMethods: webSub.verificationMethods
      NationalId__Mosip__WebSub__LinkedDataVocabulary: webSub.linkedDataVocabulary
      NationalId__Mosip__WebSub__LinkedDataTerms: webSub.linkedDataTerms
      NationalId__Mosip__WebSub__Timeout: webSub.timeout

      NationalId__MosipApi__VerifyOutage: mosipApi.verifyOutage
      NationalId__MosipApi__VerifyPatience: mosipApi.verifyPatience
      NationalId__MosipApi__VerifyPerMinute: string(mosipApi.verifyPerMinute)
      NationalId__MosipApi__ConfirmPatience: mosipApi.confirmPatience

      NationalId__Esignet__TokenUrl: esignet.tokenUrl
      NationalId__Esignet__UserInfoUrl: esignet.userInfoUrl
      NationalId__Esignet__KeysUrl: esignet.keysUrl
      NationalId__Esignet__Audience: esignet.audience
      NationalId__Esignet__ClientIds: esignet.clientIds
      NationalId__Esignet__ClientAppUrl: esignet.clientAppUrl
      NationalId__Esignet__RequireAudience: string(esignet.requireAudience)
      NationalId__Esignet__NameRule: esignet.nameRule
      NationalId__Esignet__Timeout: esignet.timeout
      NationalId__Esignet__MaxConcurrency: string(esignet.maxConcurrency)

      NationalId__Osia__RegistryUrl: osia.registryUrl
      NationalId__Osia__UinUrl: osia.uinUrl
      NationalId__Osia__NotificationUrl: osia.notificationUrl
      NationalId__Osia__WriteUrl: osia.writeUrl
      NationalId__Osia__Authentication: osia.authentication
      NationalId__Osia__TokenUrl: osia.tokenUrl
      NationalId__Osia__Scope: osia.scope
      NationalId__Osia__Headers: osia.headers
      NationalId__Osia__Source: osia.source
      NationalId__Osia__Topic: osia.topic
      NationalId__Osia__TopicPerEvent: string(osia.topicPerEvent)
      NationalId__Osia__PublishContentType: osia.publishContentType
      NationalId__Osia__DeathRevokedEvent: osia.deathRevokedEvent
      NationalId__Osia__NationalIdField: osia.nationalIdField
      NationalId__Osia__Attributes: osia.attributes
      NationalId__Osia__Genders: osia.genders
      NationalId__Osia__Language: osia.language
      NationalId__Osia__PartialDates: string(osia.partialDates)
      NationalId__Osia__UinAttributes: osia.uinAttributes
      NationalId__Osia__MatchAttributes: osia.matchAttributes
      NationalId__Osia__KnownChild: osia.knownChild
      NationalId__Osia__CheckParents: osia.checkParents
      NationalId__Osia__FindDeceased: string(osia.findDeceased)
      NationalId__Osia__FirstCheckAfter: osia.firstCheckAfter
      NationalId__Osia__LongestCheckGap: osia.longestCheckGap
      NationalId__Osia__PublishAgainAfter: osia.publishAgainAfter
      NationalId__Osia__ServeFor: osia.serveFor
      NationalId__Osia__CallerKeysUrl: osia.callerKeysUrl
      NationalId__Osia__CallerIssuer: osia.callerIssuer
      NationalId__Osia__CallerAudience: osia.callerAudience
      NationalId__Osia__NotifyUrl: osia.notifyUrl
      NationalId__Osia__NotifyTopics: osia.notifyTopics
      NationalId__Osia__RenewEvery: osia.renewEvery
      NationalId__Osia__PrefillScope: osia.prefillScope
      NationalId__Osia__PrefillAttributes: osia.prefillAttributes
      NationalId__Osia__Timeout: osia.timeout
      NationalId__Osia__MaxConcurrency: string(max(1, osia.callsAtOnce / processes))

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
      NationalId__Delivery__NumberOverdueAfter: delivery.numberOverdueAfter
      NationalId__Delivery__IntakeStorageBudget: delivery.intakeStorageBudget
      NationalId__Delivery__QuickRetries: string(delivery.quickRetries)
      NationalId__Delivery__CircuitBreak: delivery.circuitBreak
      NationalId__Delivery__LeaseFor: delivery.leaseFor
      NationalId__Delivery__LinkPatience: delivery.linkPatience

      // App Service's sign-in says who it is, and removes the header from what callers send. Without it anybody could say it.
      NationalId__Operations__NameHeader: empty(signIn.clientId) ? '' : 'X-MS-CLIENT-PRINCIPAL-NAME'
      NationalId__Operations__SignInAlone: string(signIn.alone && !empty(signIn.clientId))
      NationalId__Operations__Environment: operations.environment
      NationalId__Operations__TraceLink: empty(operations.traceLink) ? traceLink : operations.traceLink
      NationalId__Operations__ReplayPerMinute: string(operations.replayPerMinute)

      NationalId__Quarantine__MaxCount: string(quarantine.maxCount)
      NationalId__Quarantine__MaxBytes: string(quarantine.maxBytes)
      NationalId__Quarantine__KeepFor: quarantine.keepFor

      NationalId__Intake__MaxUnprovedBytes: string(limits.maxUnprovedBytes)
      NationalId__Intake__WaitForRoom: limits.waitForRoom

      NationalId__Callers__MaxPerMinute: string(limits.maxPerMinute)
      NationalId__Callers__MaxPerMinuteOverAll: string(limits.maxPerMinuteOverAll)
      NationalId__Callers__AddressHeader: limits.callerAddressHeader
      NationalId__Callers__RequireSeederKey: string(limits.requireSeederKey)

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

  // Operators sign in with Entra before they get to the page and its API, which then want a function key besides. The paths that are
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
          '/api/revocations'
          '/api/trigger/events/*'
          '/api/birthReceiveNid'
          '/api/websub/callback'
          '/api/verify'
          '/api/events/registration'
          '/api/events/update-biographics'
          '/api/esignet/get-oidp-user-info'
          '/websub/callback'
          '/verify'
          '/events/registration'
          '/events/update-biographics'
          '/esignet/get-oidp-user-info'
          '/api/reindex'
          '/api/national-id'
          '/api/osia/*'
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
