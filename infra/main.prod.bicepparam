// Production. Values are invented: replace every .example name and every address before the first deployment (docs/deploy.md).
// Staging: copy this file, set stage to 'staging' and its own addresses, deploy to its own resource group.
using 'main.bicep'

param prefix = 'crvsnid'
param stage = 'prod'
param clientName = 'MOSIP'

param openCrvs = {
  authUrl: 'https://auth.crvs.example/'
  tokenEndpoint: 'Auto'
  publicKeyUrl: ''
  publicKey: ''
  callerScopes: 'nationalId'
  webhookUrl: 'https://webhooks.crvs.example/webhooks'
  mediatorUrl: 'https://countryconfig.crvs.example/mosip-openhim-mediator'
  callbackUrl: ''
  tokenField: 'UINTOKEN,MOSIP_PSUT_TOKEN_ID'
  saveDeathAid: false
  topics: 'BIRTH_REGISTERED,DEATH_REGISTERED'
  staleCallbacks: ''
  tellBirthOfDeath: true
}

param mosip = {
  authUrl: 'https://iam.mosip.example/auth/realms/mosip/protocol/openid-connect/token'
  generateAidUrl: 'https://mediator.mosip.example/opencrvs/v1/generateAid'
  birthUrl: 'https://mediator.mosip.example/opencrvs/v1/birth'
  deathUrl: 'https://mediator.mosip.example/opencrvs/v1/death'
  allowUnsignedTokens: false
  uinLength: 10
  vidLength: 16
  checkDigit: true
  timeout: '00:00:30'
  // 40 instances in 4 scaling groups: 2 calls per process. Ask MOSIP's operators what they take.
  callsAtOnce: 320
}

param defaultSystem = {
  birthUrl: ''
  deathUrl: ''
  authentication: 'None'
  tokenUrl: ''
  scope: ''
  nationalIdField: 'NATIONAL_ID'
  timeout: '00:01:00'
  callsAtOnce: 320
}

param delivery = {
  firstDelay: '00:00:30'
  longestDelay: '01:00:00'
  stuckAfter: '02:00:00'
  orphanAfter: '00:05:00'
  payloadRetention: '30.00:00:00'
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
  partnerId: 'opencrvs-partner'
  idaAuthUrl: 'https://api.mosip.example/idauthentication/v1/auth'
  idaAuthDomainUri: 'https://api.mosip.example'
  idaAuthEnvironment: 'Production'
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
  alwaysReadyHttp: 1
  httpConcurrency: 16
  siteUpdates: 'RollingUpdate'
}

param network = {
  addressPrefix: '10.80.0.0/16'
  functionsPrefix: '10.80.0.0/24'
  gatewayPrefix: '10.80.1.0/28'
  mosipPrefixes: ['10.15.0.0/16']
  gatewayAddress: '10.80.1.4'
  fixedOutboundAddress: true
}

param callers = {
  openToInternet: false
  openCrvs: ['203.0.113.10/32']
  mosip: ['198.51.100.20/32']
  operators: ['192.0.2.0/28']
}

// The app registration that operators sign in with (docs/deploy.md, step 2).
param signIn = {
  clientId: '00000000-0000-0000-0000-000000000000'
}

param alerts = {
  emails: ['crvs-operations@ministry.example']
  oldestWaitingMinutes: 60
  refusedWebhooks: 20
  quietHours: 4
  dayStartHour: 8
  dayEndHour: 17
  workDays: [1, 2, 3, 4, 5]
  utcOffsetMinutes: 180
}
