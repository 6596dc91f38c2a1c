// Development and staging tests: small, open to the internet, no way to MOSIP's network. Values are invented: replace them.
using 'main.bicep'

param prefix = 'crvsnid'
param stage = 'dev'
param clientName = 'MOSIP'

param openCrvs = {
  authUrl: 'https://auth.crvs-dev.example/'
  tokenEndpoint: 'Auto'
  publicKeyUrl: ''
  publicKey: ''
  callerScopes: 'nationalId'
  webhookUrl: 'https://webhooks.crvs-dev.example/webhooks'
  mediatorUrl: 'https://countryconfig.crvs-dev.example/mosip-openhim-mediator'
  callbackUrl: ''
  tokenField: 'UINTOKEN,MOSIP_PSUT_TOKEN_ID'
  saveDeathAid: false
  topics: 'BIRTH_REGISTERED,DEATH_REGISTERED'
  staleCallbacks: ''
  tellBirthOfDeath: true
}

param mosip = {
  authUrl: 'https://iam.mosip-dev.example/auth/realms/mosip/protocol/openid-connect/token'
  generateAidUrl: 'https://mediator.mosip-dev.example/opencrvs/v1/generateAid'
  birthUrl: 'https://mediator.mosip-dev.example/opencrvs/v1/birth'
  deathUrl: 'https://mediator.mosip-dev.example/opencrvs/v1/death'
  allowUnsignedTokens: false
  uinLength: 10
  vidLength: 16
  checkDigit: true
  timeout: '00:00:30'
  callsAtOnce: 160
}

param defaultSystem = {
  birthUrl: ''
  deathUrl: ''
  authentication: 'None'
  tokenUrl: ''
  scope: ''
  nationalIdField: 'NATIONAL_ID'
  timeout: '00:01:00'
  callsAtOnce: 160
}

param delivery = {
  firstDelay: '00:00:30'
  longestDelay: '01:00:00'
  stuckAfter: '02:00:00'
  orphanAfter: '00:05:00'
  payloadRetention: '7.00:00:00'
  intakeStorageBudget: '00:03:00'
  quickRetries: 2
  circuitBreak: '00:00:15'
  leaseFor: '00:05:00'
  linkPatience: '1.00:00:00'
}

param quarantine = {
  maxCount: 2000
  maxBytes: 500000000
  keepFor: '14.00:00:00'
}

param limits = {
  maxUnprovedBytes: 200000000
  waitForRoom: '00:00:05'
  maxPerMinute: 120
  maxPerMinuteOverAll: 600
  callerAddressHeader: ''
  requireSeederKey: false
}

param tokenSeeder = {
  partnerId: 'opencrvs-partner-dev'
  idaAuthUrl: 'https://api.mosip-dev.example/idauthentication/v1/auth'
  idaAuthDomainUri: 'https://api.mosip-dev.example'
  idaAuthEnvironment: 'Staging'
  encryptCertPath: ''
  signP12Path: ''
  mandatoryFields: 'name,gender,dob'
  syncOperationMode: true
  syncTimeoutSeconds: 10
  language: 'eng'
  defaultLanguage: ''
  nameDelimiter: ' '
  fullAddressDelimiter: ', '
  keepResultsSeconds: 604800
}

param scale = {
  maximumInstanceCount: 40
  instanceMemoryMB: 2048
  alwaysReadyHttp: 0
  httpConcurrency: 16
  siteUpdates: 'RollingUpdate'
}

param network = {
  addressPrefix: '10.80.0.0/16'
  functionsPrefix: '10.80.0.0/24'
  gatewayPrefix: '10.80.1.0/28'
  mosipPrefixes: []
  gatewayAddress: ''
  fixedOutboundAddress: false
}

param callers = {
  openToInternet: true
  openCrvs: []
  mosip: []
  operators: []
}

// No sign-in with Entra: the master key alone opens the operator's API.
param signIn = {
  clientId: ''
}

param alerts = {
  emails: ['crvs-dev@ministry.example']
  oldestWaitingMinutes: 120
  refusedWebhooks: 100
  quietHours: 6
  dayStartHour: 8
  dayEndHour: 17
  workDays: [1, 2, 3, 4, 5]
  utcOffsetMinutes: 180
}

param payloadLastResortDays = 90
param logRetentionDays = 30
