// The shapes of main.bicep's parameters. Times are .NET TimeSpans: 'hh:mm:ss' or 'd.hh:mm:ss'. Nothing here is a secret.

@export()
type tagsType = {
  *: string
}

@export()
@description('The country\'s OpenCRVS: section NationalId:OpenCrvs.')
type openCrvsType = {
  @description('The auth service, e.g. https://auth.crvs.example/.')
  authUrl: string
  @description('Where the auth service gives our token: at Token since OpenCRVS 1.3, at AuthenticateSystemClient in 1.2; Auto tries both.')
  tokenEndpoint: 'Auto' | 'Token' | 'AuthenticateSystemClient'
  @description('Where OpenCRVS\'s public key is; \'\' for /.well-known at the auth service.')
  publicKeyUrl: string
  @description('OpenCRVS\'s public key itself, as PEM; \'\' to fetch it.')
  publicKey: string
  @description('Scopes, separated by commas, of which the token of whoever sends UIN tokens must have one.')
  callerScopes: string
  @description('The webhooks service, e.g. https://webhooks.crvs.example/webhooks.')
  webhookUrl: string
  @description('The country configuration\'s mediator that saves AIDs and tokens on the record.')
  mediatorUrl: string
  @description('The public address of /api/webhooks as OpenCRVS sees it; \'\' for the app\'s own host name.')
  callbackUrl: string
  @description('The fields of the UIN token, separated by commas: mediators of OpenCRVS 1.2 read UINTOKEN, later ones MOSIP_PSUT_TOKEN_ID.')
  tokenField: string
  @description('Whether the mediator takes a DRN with its MOSIP_AID.')
  saveDeathAid: bool
  @description('Topics to subscribe to, separated by commas.')
  topics: string
  @description('Earlier addresses of ours, separated by commas, whose subscriptions are removed; \'\' for none.')
  staleCallbacks: string
  @description('Whether the mediator takes DECEASED_PATIENT_ENTRY for a birth.')
  tellBirthOfDeath: bool
  @description('OpenCRVS\'s generation: 1 sends webhooks, 1.9 webhooks and triggers, 2.0 and 2.1 triggers.')
  version: string
  @description('The events service, e.g. https://register.crvs.example/api/events; \'\' where there are no triggers.')
  eventsUrl: string
  @description('The country configuration, whose forms are read; \'\' where there are no triggers.')
  countryConfigUrl: string
  @description('The country\'s type of event for births.')
  birthEvent: string
  @description('The country\'s type of event for deaths.')
  deathEvent: string
  @description('How long the sender of a trigger waits at most.')
  answerWithin: string
  @description('Whether a birth goes on only with a date of birth.')
  eligibleWithBirthDate: bool
  @description('The age from which a birth does not go on; 0 for no limit.')
  eligibleBelowAge: int
  @description('Fields, separated by commas, of which one must say that somebody was verified; \'\' for no such rule.')
  eligibleIfVerified: string
  @description('What such a field says then, separated by commas.')
  verifiedValues: string
  @description('The country\'s custom actions by which a registration is revoked, separated by commas; - for none.')
  revokeActions: string
  @description('Those by which it is reinstated.')
  reinstateActions: string
  @description('When a registration is accepted: Numbered, Stored or OnlyNumbered.')
  confirmWhen: 'Numbered' | 'Stored' | 'OnlyNumbered'
  @description('How long a registration waits for its AID or number.')
  confirmPatience: string
  @description('How a registration number is made where the country configuration sends none.')
  registrationNumberTemplate: string
  @description('The office under which our corrections are filed, a UUID; \'\' where nothing is written later.')
  locationId: string
  @description('The field of the birth\'s form that takes the AID; \'\' for none.')
  birthAidField: string
  @description('The field of the birth\'s form that takes the UIN token; \'\' for none.')
  birthTokenField: string
  @description('The field of the birth\'s form that takes the national id; \'\' for none.')
  birthNumberField: string
  @description('The field of the death\'s form that takes the AID; \'\' for none.')
  deathAidField: string
  @description('The fields of the forms that are read; - for one that the form does not have.')
  fields: formFieldsType
}

@export()
@description('The fields of the country\'s forms: section NationalId:OpenCrvs:Fields.')
type formFieldsType = {
  childName: string
  childBirthDate: string
  childGender: string
  childNationalId: string
  motherName: string
  motherBirthDate: string
  motherNationalId: string
  fatherName: string
  fatherBirthDate: string
  fatherNationalId: string
  deceasedName: string
  deceasedBirthDate: string
  deceasedGender: string
  deceasedNationalId: string
  deathDate: string
  spouseName: string
  spouseBirthDate: string
  spouseNationalId: string
  childAddress: string
  motherAddress: string
  fatherAddress: string
  deceasedAddress: string
  spouseAddress: string
  informantRelation: string
  informantName: string
  informantBirthDate: string
  informantNationalId: string
  informantAddress: string
  informantPhone: string
  informantEmail: string
  authentication: string
  addressCity: string
  addressDistrict: string
  addressState: string
  addressPostalCode: string
}

@export()
@description('MOSIP\'s side: section NationalId:Mosip. All \'\' on the default path.')
type mosipType = {
  authUrl: string
  generateAidUrl: string
  birthUrl: string
  deathUrl: string
  @description('Only for a partner that can\'t sign: anyone with an OpenCRVS token could then set UIN tokens.')
  allowUnsignedTokens: bool
  @description('How many digits a UIN has in the country\'s MOSIP.')
  uinLength: int
  @description('How many digits a VID has there.')
  vidLength: int
  @description('Whether the last digit of both is a check digit.')
  checkDigit: bool
  @description('With mosip-packets, what a death does. The packet alone deactivates nothing: packet+resident sends a packet of a resident who gives up the number, packet+idrepo deactivates it in the identity repository, packet+hotlist blocks it.')
  onDeath: 'packet' | 'packet+resident' | 'packet+idrepo' | 'packet+hotlist'
  @description('How MOSIP is told that a registration was revoked or reinstated: flag leaves it to a human, the others go by packets only (docs/protocols.md, "Revocations").')
  onRevocation: 'flag' | 'resident' | 'idrepo' | 'hotlist' | 'process'
  timeout: string
  @description('How many calls MOSIP takes at once from this client, over all instances.')
  @minValue(1)
  callsAtOnce: int
}

@export()
@description('MOSIP by packets: section NationalId:Mosip:Packets. \'\' is the default of a stock MOSIP.')
type packetsType = {
  @description('MOSIP\'s internal gateway, before the services\' paths, e.g. https://api-internal.mosip.example.')
  url: string
  @description('The auth manager, where it is elsewhere.')
  authUrl: string
  @description('The packet manager, where it is elsewhere.')
  packetUrl: string
  @description('The workflow manager, where it is elsewhere.')
  workflowUrl: string
  @description('The application id that the auth manager knows our client under.')
  authAppId: string
  @description('The registered centre, five digits; with the machine it says which key MOSIP encrypts packets with.')
  centerId: string
  @description('The registered machine, five digits.')
  machineId: string
  @description('A real user of MOSIP under whom packets are made: it fails packets without one silently.')
  officerId: string
  @description('Where registration ids come from: Generator (MOSIP\'s) or Own (centre, machine, chance, time).')
  registrationIds: 'Generator' | 'Own'
  @description('Whether the registration id is saved on the record as MOSIP_AID.')
  saveRegistrationId: bool
  @description('The source that MOSIP has a provider for.')
  source: string
  @description('The process of a birth.')
  birthProcess: string
  @description('The process of a death.')
  deathProcess: string
  @description('The version of the identity schema.')
  schemaVersion: string
  @description('The identity schema as JSON: MOSIP drops each field that it does not name.')
  schemaJson: string
  @description('The same as a mounted file.')
  schemaFile: string
  @description('Which field is filled from what: docs/protocols.md.')
  birthFields: string
  @description('The fields without which MOSIP fails a birth, separated by commas.')
  birthRequired: string
  @description('The same for deaths.')
  deathFields: string
  @description('The fields without which MOSIP fails a death.')
  deathRequired: string
  @description('How old a child may be whom MOSIP takes as an infant, in years; it fails older ones silently.')
  @minValue(0)
  oldestInfant: int
  @description('The process that tells of a corrected birth, e.g. CRVS_UPDATE; \'\': MOSIP hears of none.')
  correctionProcess: string
  @description('Its fields: a correction that changes none of them is not sent.')
  correctionFields: string
  @description('The process that tells of a revoked birth, with onRevocation process.')
  birthRevokedProcess: string
  @description('Its fields.')
  birthRevokedFields: string
  @description('The process that tells of a revoked death.')
  deathRevokedProcess: string
  @description('Its fields.')
  deathRevokedFields: string
  @description('Whether this MOSIP takes a VID for a UIN in a death (registration.processor.vid-support-for-update).')
  acceptsVid: bool
  @description('Whether MOSIP is asked what became of packets.')
  askStatus: bool
  @description('How long after a packet it is asked first; each later gap is twice as long.')
  firstStatusAfter: string
  @description('The longest gap.')
  longestStatusGap: string
}

@export()
@description('A National ID system that speaks OSIA: section NationalId:Osia. Read only when system is osia.')
type osiaType = {
  @description('The population registry\'s Data Access interface, before /v1.')
  registryUrl: string
  @description('The UIN Management interface, before /v1.')
  uinUrl: string
  @description('The Notification interface, before /v1.')
  notificationUrl: string
  @description('The Population Registry interface, before /v1: with it, persons are written there.')
  writeUrl: string
  @description('How the services let us in: OAuth (client credentials), Token (one that their owner gave us) or None.')
  authentication: 'OAuth' | 'Token' | 'None'
  @description('The OAuth 2 token endpoint.')
  tokenUrl: string
  @description('The scopes asked for, with blanks in between.')
  scope: string
  @description('Headers of every call, name=value; name=value.')
  headers: string
  @description('Who we are in notifications.')
  source: string
  @description('The topic of our notifications.')
  topic: string
  @description('Whether each type of event has a topic of its own, with the type\'s name.')
  topicPerEvent: bool
  @description('A notification\'s content type; OSIA\'s own file says plain/text.')
  publishContentType: string
  @description('An event that is published when a death is revoked, beside updatePerson; OSIA knows none.')
  deathRevokedEvent: string
  @description('The number\'s fields on the OpenCRVS record, separated by commas.')
  nationalIdField: string
  @description('The attributes that we know and serve, and what each is filled from: docs/osia.md.')
  attributes: string
  @description('The registry\'s words for genders.')
  genders: string
  @description('The language of the names that are sent, as the record has it; a record without it: its first name.')
  language: string
  @description('Whether a date that is known in part goes as 1984-XX-XX; otherwise it is left out.')
  partialDates: bool
  @description('The attributes that go to the generator of UINs.')
  uinAttributes: string
  @description('The attributes by which people are matched.')
  matchAttributes: string
  @description('What is done about a child whom the registry seems to know by names and date of birth: Note, Flag for an operator, Ignore (nobody asks).')
  knownChild: 'Note' | 'Flag' | 'Ignore'
  @description('What is done about a parent whom the registry has otherwise than the record: Note what differs and publish the parent, LeaveOut, Ignore (nobody asks).')
  checkParents: 'Note' | 'LeaveOut' | 'Ignore'
  @description('Whether a deceased without a number is looked for by names and date of birth; one hit alone counts.')
  findDeceased: bool
  @description('How long after a notification the registry is asked whether it has the child; each later gap is twice as long.')
  firstCheckAfter: string
  @description('The longest gap.')
  longestCheckGap: string
  @description('After which time without the child in the registry its birth is published again.')
  publishAgainAfter: string
  @description('How long people can be read from us after the registry has them, or after their death was published.')
  serveFor: string
  @description('The JSON Web Key Set that signs the registry\'s tokens.')
  callerKeysUrl: string
  @description('Who issues the registry\'s tokens.')
  callerIssuer: string
  @description('The audience by which they name us.')
  callerAudience: string
  @description('The public address of our /api/osia/notify/{secret}, without the secret: with it, we listen to what the registry tells.')
  notifyUrl: string
  @description('The topics that we subscribe to, separated by commas.')
  notifyTopics: string
  @description('How often our subscriptions are made again.')
  renewEvery: string
  @description('The scope that an OpenCRVS token must have at /api/osia/prefill; empty: nobody can.')
  prefillScope: string
  @description('The attributes that a form can read.')
  prefillAttributes: string
  @description('One call.')
  timeout: string
  @description('How many calls all processes together may have under way.')
  @minValue(1)
  callsAtOnce: int
}

@export()
@description('Looking for registrations that never came: section NationalId:Reconcile. No sources, no looking.')
type reconcileType = {
  sources: string
  gatewayUrl: string
  grace: string
  overlap: string
  longestValidation: string
  every: string
  callEvery: string
  pageSize: int
  dailyQuota: int
  verifyByRecordSearch: bool
  releasePerMinute: int
  reindexUrl: string
  reindexFrom: string
}

@export()
@description('MOSIP\'s hub and its credentials: section NationalId:Mosip:WebSub. No hubUrl, no credentials.')
type webSubType = {
  hubUrl: string
  @description('Our public /api/websub/callback as the hub sees it; \'\' for the app\'s own host name.')
  callbackUrl: string
  topic: string
  @description('The topic by which MOSIP tells what became of packets; \'\' to ask it alone.')
  workflowTopic: string
  authUrl: string
  authAppId: string
  renewEvery: string
  requireHubSignature: bool
  requireProof: bool
  signerSubject: string
  credentialTypes: string
  numberAttributes: string
  nationalIdField: string
  shareAddresses: string
  linkedDataProofTypes: string
  verificationMethods: string
  linkedDataVocabulary: string
  linkedDataTerms: string
  timeout: string
}

@export()
@description('The routes of OpenCRVS\'s mosip-api: section NationalId:MosipApi.')
type mosipApiType = {
  @description('What a verification is answered while MOSIP does not say: a word for the form, or 503.')
  verifyOutage: string
  verifyPatience: string
  verifyPerMinute: int
  @description('How long a registration waits for its number: d.hh:mm:ss.')
  confirmPatience: string
}

@export()
@description('e-Signet: section NationalId:Esignet. All addresses \'\' where there is none.')
type esignetType = {
  @description('The token endpoint, e.g. https://esignet.example/v1/esignet/oauth/v2/token.')
  tokenUrl: string
  @description('The user info endpoint, e.g. https://esignet.example/v1/esignet/oidc/userinfo.')
  userInfoUrl: string
  @description('Its public keys; \'\' where they are beside the token endpoint.')
  keysUrl: string
  @description('Whom our client\'s proof is addressed to; \'\' for the token endpoint.')
  audience: string
  @description('The country\'s clients at e-Signet, with commas between them; \'\' for any.')
  clientIds: string
  @description('OpenCRVS\'s client in the browser, e.g. https://register.crvs.example.')
  clientAppUrl: string
  requireAudience: bool
  nameRule: 'FirstMiddleLast' | 'LastIsSurname' | 'FirstIsSurname' | 'LastTwoAreSurname' | 'Whole'
  timeout: string
  @minValue(1)
  maxConcurrency: int
}

@export()
@description('Any other National ID system: section NationalId:DefaultSystem. All \'\' on the MOSIP path.')
type defaultSystemType = {
  birthUrl: string
  deathUrl: string
  authentication: 'None' | 'OAuth' | 'Certificate'
  tokenUrl: string
  scope: string
  nationalIdField: string
  timeout: string
  @description('How many calls the system takes at once from this client, over all instances.')
  @minValue(1)
  callsAtOnce: int
}

@export()
@description('Retries, sweep and retention: section NationalId:Delivery.')
type deliveryType = {
  firstDelay: string
  longestDelay: string
  stuckAfter: string
  orphanAfter: string
  payloadRetention: string
  @description('How long after a birth was sent its number is overdue; 00:00:00: nobody looks.')
  numberOverdueAfter: string
  intakeStorageBudget: string
  @minValue(0)
  quickRetries: int
  circuitBreak: string
  leaseFor: string
  linkPatience: string
}

@export()
@description('What the operator\'s page shows, and how fast an operator sends many events again: section NationalId:Operations.')
type operationsType = {
  @description('What the page calls this deployment, e.g. production.')
  environment: string
  @description('Where a trace can be looked at, with {traceId} in the address; \'\' for Application Insights in the portal.')
  traceLink: string
  @description('Events a minute; agree on it with the National ID system.')
  @minValue(1)
  replayPerMinute: int
}

@export()
@description('How many webhooks, and how many bytes of them, wait while the vault does not answer at a cold start: section NationalId:Quarantine.')
type quarantineType = {
  @minValue(0)
  maxCount: int
  @minValue(0)
  maxBytes: int
  @description('How long a message that fits no secret is kept: d.hh:mm:ss.')
  keepFor: string
}

@export()
@description('The bounds on callers who have proved nothing: sections NationalId:Intake and NationalId:Callers. Each holds for one process.')
type limitsType = {
  @description('Bytes of webhooks under way whose signature is not checked yet.')
  @minValue(52428800)
  maxUnprovedBytes: int
  @description('How long a webhook waits for room before the one under way the longest is cut.')
  waitForRoom: string
  @description('Requests a minute of one caller at /api/authtoken.')
  @minValue(1)
  maxPerMinute: int
  @minValue(1)
  maxPerMinuteOverAll: int
  @description('The header, set by a gateway of yours, whose last address is the caller\'s; \'\' counts all as one caller behind the Functions host.')
  callerAddressHeader: string
  @description('Whether callers of /api/authtoken must send the secret TOKENSEEDER-CALLER-KEY in X-Seeder-Key.')
  requireSeederKey: bool
}

@export()
@description('The Token Seeder\'s variables that are no secrets.')
type tokenSeederType = {
  partnerId: string
  idaAuthUrl: string
  idaAuthDomainUri: string
  @description('IDA\'s env: Staging, Production.')
  idaAuthEnvironment: string
  @description('A mounted file; \'\' for the Key Vault secret.')
  encryptCertPath: string
  @description('A mounted file; \'\' for the Key Vault secret.')
  signP12Path: string
  @description('Separated by commas; \'\' for none.')
  mandatoryFields: string
  syncOperationMode: bool
  @minValue(1)
  syncTimeoutSeconds: int
  @description('MOSIP\'s code of the language of a value that has none.')
  language: string
  @description('The language of a request that names none; \'\' for the one above.')
  defaultLanguage: string
  @description('Between the fields that a name is built from.')
  nameDelimiter: string
  @description('Between the fields that an address is built from.')
  fullAddressDelimiter: string
  @description('How long a batch\'s lines and results are kept.')
  @minValue(1)
  keepResultsSeconds: int
}

@export()
@description('How far the app scales.')
type scaleType = {
  @description('The most instances per scaling group. Azure documents 40 as the least that Flex Consumption takes.')
  @minValue(1)
  @maxValue(200)
  maximumInstanceCount: int
  instanceMemoryMB: 512 | 2048 | 4096
  @description('Instances that always run for HTTP: a webhook then never waits for a cold start.')
  @minValue(0)
  @maxValue(20)
  alwaysReadyHttp: int
  @description('Requests that one instance takes at once.')
  @minValue(1)
  @maxValue(1000)
  httpConcurrency: int
  @description('What happens to requests under way when code or settings change: RollingUpdate lets them end, Recreate cuts them off.')
  siteUpdates: 'Recreate' | 'RollingUpdate'
}

@export()
@description('The network and the way to MOSIP\'s WireGuard network.')
type networkType = {
  addressPrefix: string
  @description('The app\'s own subnet, /27 or larger; /24 for 40 instances and more.')
  functionsPrefix: string
  @description('The subnet for the WireGuard gateway.')
  gatewayPrefix: string
  @description('MOSIP\'s networks behind WireGuard; [] for none.')
  mosipPrefixes: string[]
  @description('The WireGuard gateway\'s address in gatewayPrefix; used with mosipPrefixes only.')
  gatewayAddress: string
  @description('A NAT gateway gives the app one fixed public address that OpenCRVS and MOSIP can allow.')
  fixedOutboundAddress: bool
  @description('The public addresses of MOSIP\'s WireGuard peers; [] where the gateway alone begins.')
  wireGuardPeers: string[]
  @description('The UDP port on which the gateway\'s WireGuard listens.')
  @minValue(1)
  @maxValue(65535)
  wireGuardPort: int
  @description('More rules of the gateway\'s network security group, e.g. for SSH. A rule that is made by hand is gone with the next deployment: it stands here.')
  gatewayRules: securityRuleType[]
}

@export()
@description('A rule of a network security group.')
type securityRuleType = {
  name: string
  @description('101 to 199 are ours.')
  @minValue(200)
  @maxValue(4096)
  priority: int
  direction: 'Inbound' | 'Outbound'
  access: 'Allow' | 'Deny'
  protocol: 'Tcp' | 'Udp' | 'Icmp' | '*'
  sourceAddressPrefixes: string[]
  destinationPortRange: string
}

@export()
@description('Who may open connections. CIDR ranges; IP rules hold for the whole site, Azure has none per path.')
type callersType = {
  @description('Only for development: no IP rules at all.')
  openToInternet: bool
  openCrvs: string[]
  mosip: string[]
  @description('Operators and the deployment agent: site, deployment endpoint, Key Vault and storage in the portal.')
  operators: string[]
}

@export()
@description('How operators sign in before they get to the page and its API.')
type signInType = {
  @description('The application (client) id of the Entra app registration; \'\' for the function key alone, in development.')
  clientId: string
  @description('Whether who is signed in needs no function key besides.')
  alone: bool
}

@export()
@description('Who is told, and when it is too quiet.')
type alertsType = {
  emails: string[]
  @description('Addresses that are called with Azure\'s common alert schema, https:// only; [] for none.')
  webhooks: string[]
  @description('Resource ids of action groups that the ministry has already; [] for none.')
  actionGroups: string[]
  @description('The run-book\'s absolute address, e.g. where your copy of this repository shows docs/runbook.md: every alert names it with its section.')
  @minLength(10)
  runbookUrl: string
  @description('An event that has waited for delivery longer than this many minutes is an alert.')
  oldestWaitingMinutes: int
  @description('More webhooks that nobody signed or that were cut off, than this in 15 minutes are an alert.')
  refusedWebhooks: int
  @description('No event for this many hours of the working day is an alert.')
  quietHours: 1 | 2 | 3 | 4 | 5 | 6
  @description('The working day\'s first and last hour, local time.')
  dayStartHour: int
  dayEndHour: int
  @description('Days of work as Kusto counts them: 0 Sunday to 6 Saturday.')
  workDays: int[]
  @description('Local time less UTC, in minutes.')
  utcOffsetMinutes: int
}
