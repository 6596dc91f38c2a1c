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
  version: '1'
  eventsUrl: ''
  countryConfigUrl: ''
  birthEvent: 'birth'
  deathEvent: 'death'
  answerWithin: '00:00:08'
  eligibleWithBirthDate: false
  eligibleBelowAge: 0
  eligibleIfVerified: ''
  verifiedValues: 'verified,authenticated'
  revokeActions: 'REVOKE_REGISTRATION'
  reinstateActions: 'REINSTATE_REVOKE_REGISTRATION'
  confirmWhen: 'Numbered'
  confirmPatience: '00:02:00'
  registrationNumberTemplate: '{year}{letter}{trackingId}'
  locationId: ''
  birthAidField: ''
  birthTokenField: ''
  birthNumberField: ''
  deathAidField: ''
  fields: {
    childName: 'child.name'
    childBirthDate: 'child.dob'
    childGender: 'child.gender'
    childNationalId: 'child.nid'
    motherName: 'mother.name'
    motherBirthDate: 'mother.dob'
    motherNationalId: 'mother.nid'
    fatherName: 'father.name'
    fatherBirthDate: 'father.dob'
    fatherNationalId: 'father.nid'
    deceasedName: 'deceased.name'
    deceasedBirthDate: 'deceased.dob'
    deceasedGender: 'deceased.gender'
    deceasedNationalId: 'deceased.nid'
    deathDate: 'eventDetails.date'
    spouseName: 'spouse.name'
    spouseBirthDate: 'spouse.dob'
    spouseNationalId: 'spouse.nid'
    childAddress: 'child.address'
    motherAddress: 'mother.address'
    fatherAddress: 'father.address'
    deceasedAddress: 'deceased.address'
    spouseAddress: 'spouse.address'
    informantRelation: 'informant.relation'
    informantName: 'informant.name'
    informantBirthDate: 'informant.dob'
    informantNationalId: 'informant.nid'
    informantAddress: 'informant.address'
    informantPhone: 'informant.phoneNo'
    informantEmail: 'informant.email'
    authentication: 'verify-nid-http-fetch'
    addressCity: 'town,cityOrTown'
    addressDistrict: 'district2'
    addressState: 'state'
    addressPostalCode: 'zipCode,postcodeOrZip'
  }
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
  onDeath: 'packet'
  onRevocation: 'flag'
  timeout: '00:00:30'
  callsAtOnce: 160
}

param packets = {
  url: ''
  authUrl: ''
  packetUrl: ''
  workflowUrl: ''
  authAppId: 'ida'
  centerId: ''
  machineId: ''
  officerId: ''
  registrationIds: 'Generator'
  saveRegistrationId: false
  source: 'CRVS1'
  birthProcess: 'CRVS_NEW'
  deathProcess: 'CRVS_DEATH'
  schemaVersion: '0.500'
  schemaJson: ''
  schemaFile: ''
  birthFields: ''
  birthRequired: ''
  deathFields: ''
  deathRequired: ''
  oldestInfant: 5
  correctionProcess: ''
  correctionFields: ''
  birthRevokedProcess: 'CRVS_deactivate_ID'
  birthRevokedFields: ''
  deathRevokedProcess: 'CRVS_Fraud_Death'
  deathRevokedFields: ''
  acceptsVid: false
  askStatus: true
  firstStatusAfter: '00:05:00'
  longestStatusGap: '06:00:00'
}

param reconcile = {
  sources: ''
  gatewayUrl: ''
  grace: '00:30:00'
  overlap: '00:00:00'
  longestValidation: '35.00:00:00'
  every: '00:00:00'
  callEvery: '00:00:01'
  pageSize: 25
  dailyQuota: 2000
  verifyByRecordSearch: false
  releasePerMinute: 60
  reindexUrl: ''
  reindexFrom: ''
}

param webSub = {
  hubUrl: ''
  callbackUrl: ''
  topic: ''
  workflowTopic: ''
  authUrl: ''
  authAppId: 'admin'
  renewEvery: '06:00:00'
  requireHubSignature: true
  requireProof: true
  signerSubject: ''
  credentialTypes: 'vercred,euin'
  numberAttributes: 'UIN,VID'
  nationalIdField: 'NATIONAL_ID'
  shareAddresses: ''
  linkedDataProofTypes: ''
  verificationMethods: ''
  linkedDataVocabulary: ''
  linkedDataTerms: 'vcVer,UIN,VID,dateOfBirth,email,phone,postalCode'
  timeout: '00:00:30'
}

param mosipApi = {
  verifyOutage: 'failed'
  verifyPatience: '00:00:12'
  verifyPerMinute: 30
  confirmPatience: '1.00:00:00'
}

param esignet = {
  tokenUrl: ''
  userInfoUrl: ''
  keysUrl: ''
  audience: ''
  clientIds: ''
  clientAppUrl: ''
  requireAudience: true
  nameRule: 'FirstMiddleLast'
  timeout: '00:00:04'
  maxConcurrency: 16
}

param osia = {
  registryUrl: ''
  uinUrl: ''
  notificationUrl: ''
  writeUrl: ''
  authentication: 'OAuth'
  tokenUrl: ''
  scope: 'uin.generate pr.person.read pr.person.match notif.topic.write notif.topic.publish'
  headers: ''
  source: 'OpenCRVS'
  topic: 'CR'
  topicPerEvent: false
  publishContentType: 'application/json'
  deathRevokedEvent: ''
  nationalIdField: 'NATIONAL_ID'
  attributes: 'uin=uin; firstName=firstName; lastName=lastName; dateOfBirth=dateOfBirth; gender=gender; dateOfDeath=dateOfDeath; parent1UIN=parent1; parent2UIN=parent2'
  genders: 'male=1,female=2,unknown=0,other=9'
  language: ''
  partialDates: true
  uinAttributes: 'firstName,lastName,dateOfBirth,gender'
  matchAttributes: 'firstName,lastName,dateOfBirth'
  knownChild: 'Note'
  checkParents: 'Note'
  findDeceased: false
  firstCheckAfter: '00:05:00'
  longestCheckGap: '06:00:00'
  publishAgainAfter: '1.00:00:00'
  serveFor: '30.00:00:00'
  callerKeysUrl: ''
  callerIssuer: ''
  callerAudience: ''
  notifyUrl: ''
  notifyTopics: 'PR'
  renewEvery: '06:00:00'
  prefillScope: ''
  prefillAttributes: 'uin,firstName,lastName,dateOfBirth,gender'
  timeout: '00:00:30'
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
  callsAtOnce: 160
}

param delivery = {
  firstDelay: '00:00:30'
  longestDelay: '01:00:00'
  stuckAfter: '02:00:00'
  orphanAfter: '00:05:00'
  payloadRetention: '7.00:00:00'
  numberOverdueAfter: '7.00:00:00'
  intakeStorageBudget: '00:03:00'
  quickRetries: 2
  circuitBreak: '00:00:15'
  leaseFor: '00:05:00'
  linkPatience: '1.00:00:00'
}

param operations = {
  environment: 'development'
  traceLink: ''
  replayPerMinute: 300
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
  wireGuardPeers: []
  wireGuardPort: 51820
  gatewayRules: []
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
  alone: false
}

param alerts = {
  emails: ['crvs-dev@ministry.example']
  webhooks: []
  actionGroups: []
  runbookUrl: 'https://git.ministry.example/national-id-client/docs/runbook.md'
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
