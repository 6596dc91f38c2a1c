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
  timeout: string
  @description('How many calls MOSIP takes at once from this client, over all instances.')
  @minValue(1)
  callsAtOnce: int
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
  intakeStorageBudget: string
  @minValue(0)
  quickRetries: int
  circuitBreak: string
  leaseFor: string
  linkPatience: string
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
}

@export()
@description('Who is told, and when it is too quiet.')
type alertsType = {
  emails: string[]
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
