import { alertsType, tagsType } from 'types.bicep'

param name string
param location string
param tags tagsType
param workspaceId string
param alerts alertsType
@description('An instance always runs: hearing nothing from it means that it doesn\'t.')
param alwaysRuns bool

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'nationalid'
    emailReceivers: [
      for (email, i) in alerts.emails: {
        name: 'mail-${i}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
    webhookReceivers: [
      for (address, i) in alerts.webhooks: {
        name: 'webhook-${i}'
        serviceUri: address
        useCommonAlertSchema: true
      }
    ]
  }
}

// Every query gives one number, value; the alert is raised while it is above the threshold. docs/runbook.md has a section for each name.
var workDays = join(map(alerts.workDays, day => string(day)), ',')
var rules = [
  {
    name: 'events-poisoned'
    severity: 1
    description: 'An event can never be delivered as it is: an operator has to look at it, and to replay or close it.'
    // What is open, not what was counted: the alert stays until somebody has settled the last one.
    query: 'AppMetrics | where Name == "nationalid.events.waiting" and tostring(Properties.state) == "poisoned" | summarize value = coalesce(max(Max), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'events-flagged'
    severity: 2
    description: 'An event or a number is kept but not delivered: it can\'t be understood, or contradicts what is known.'
    // Of what only the delivery sees, contradictions, the numbers that come back, and revocations that a human has to tell: a death without a national id is flagged too, and nobody has to be woken for it.
    query: 'AppMetrics | where Name == "nationalid.events.waiting" and tostring(Properties.state) == "flagged" and (tostring(Properties.at) in ("intake", "conflict") or tostring(Properties.topic) in ("UIN_TOKEN", "NATIONAL_ID", "CREDENTIAL", "BIRTH_REVOKED", "BIRTH_REINSTATED", "DEATH_REVOKED", "DEATH_REINSTATED")) | summarize value = coalesce(max(Max), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'packets-refused'
    severity: 2
    description: 'MOSIP ended a packet without its work: a birth has no number, or a death is not noted.'
    // What is open: it stays until the packet went again or somebody has settled it.
    query: 'AppMetrics | where Name == "nationalid.events.waiting" and tostring(Properties.state) == "flagged" and tostring(Properties.at) == "refused" | summarize value = coalesce(max(Max), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'numbers-overdue'
    severity: 3
    description: 'Births were sent long ago and have no number, or deaths ended none.'
    query: 'AppMetrics | where Name == "nationalid.numbers.overdue" | summarize value = coalesce(max(Max), 0.0)'
    window: 'PT1H'
    every: 'PT1H'
    threshold: 0
    enabled: true
  }
  {
    name: 'ida-undecided'
    severity: 2
    description: 'IDA answers, but says nothing of the person: deaths wait for their link, and are sent without it in the end.'
    // What passes by itself is answered at the second or third asking; an event is asked about some seven times in an hour.
    query: 'AppMetrics | where Name == "nationalid.ida.undecided" | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT1H'
    every: 'PT15M'
    threshold: 3
    enabled: true
  }
  {
    name: 'verify-undecided'
    severity: 2
    description: 'People who fill in a form are told that somebody could not be verified, because MOSIP did not say.'
    query: 'AppMetrics | where Name == "nationalid.verify.undecided" | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 3
    enabled: true
  }
  {
    name: 'registry-reads-refused'
    severity: 2
    description: 'An OSIA registry asks us about people and is refused, or is told that something of ours does not answer: births that it can\'t read stay out of it.'
    query: 'AppMetrics | where Name == "nationalid.osia.reads" and tostring(Properties.status) in ("400", "401", "403", "500") | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 3
    enabled: true
  }
  {
    name: 'registry-reads-unknown'
    severity: 2
    description: 'Somebody with an OSIA registry\'s token asks about many numbers that we don\'t serve: it may be trying numbers.'
    // A query for a child that is not there yet is answered 404 too, and rightly.
    query: 'AppMetrics | where Name == "nationalid.osia.reads" and tostring(Properties.status) == "404" and tostring(Properties.call) in ("read", "match", "verify") | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT1H'
    every: 'PT15M'
    threshold: 100
    enabled: true
  }
  {
    name: 'delivery-waits'
    severity: 2
    description: 'The oldest event that waits for delivery is older than it should be.'
    // Not nationalid.delivery.age: an event that is never delivered has none. Poisoned events have an alert of their own.
    query: 'AppMetrics | where Name == "nationalid.events.oldest_waiting" and tostring(Properties.state) in ("received", "waiting") | summarize value = coalesce(max(Max), 0.0) / 60'
    window: 'PT15M'
    every: 'PT5M'
    threshold: alerts.oldestWaitingMinutes
    enabled: true
  }
  {
    name: 'circuit-open'
    severity: 2
    description: 'MOSIP, IDA, OpenCRVS or the National ID system fails so often that calls to it are held back.'
    query: 'AppMetrics | where Name == "nationalid.partner.circuit" | summarize value = coalesce(max(Max), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'webhook-signature'
    severity: 1
    description: 'A webhook with a signature that does not fit: if it was OpenCRVS\'s, the event is lost unless it is re-sent.'
    query: 'AppMetrics | where Name == "nationalid.events.refused" and tostring(Properties.reason) == "signature" | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'webhooks-refused'
    severity: 2
    description: 'Many webhooks without a signature or cut off: someone who tries, or a network in trouble.'
    query: 'AppMetrics | where Name == "nationalid.events.refused" and tostring(Properties.reason) in ("signature-header", "cut-off") | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: alerts.refusedWebhooks
    enabled: true
  }
  {
    name: 'webhooks-lost'
    severity: 1
    description: 'A webhook could not be taken: storage refused for too long, it is too large, too much came at once, or something unforeseen. It is lost unless it is re-sent.'
    query: 'AppMetrics | where Name == "nationalid.events.refused" and tostring(Properties.reason) in ("storage", "too-large", "unexpected", "intake-full") | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'triggers-refused'
    severity: 1
    description: 'A trigger of OpenCRVS could not be taken: its registration is refused, and the registrar has to register again.'
    query: 'AppMetrics | where Name == "nationalid.events.refused" and (tostring(Properties.reason) startswith "trigger-" or tostring(Properties.reason) startswith "mosip-api-") | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'registrations-unconfirmed'
    severity: 1
    description: 'A registration of OpenCRVS should have been accepted a quarter of an hour ago: its record can\'t be changed until it is.'
    query: 'AppMetrics | where Name == "nationalid.confirmations.overdue" | summarize value = coalesce(max(Max), 0.0) / 60'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 15
    enabled: true
  }
  {
    name: 'record-token-expiry'
    severity: 1
    description: 'The token of a registration that waits for its number ends within 20 hours and was not renewed: without it only OpenCRVS\'s own people can accept it.'
    // Hours below 20: it is renewed when a day is left.
    query: 'AppMetrics | where Name == "nationalid.confirmations.token_hours_left" | summarize value = 20.0 - coalesce(min(Min), 20.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'quarantine-full'
    severity: 1
    description: 'The vault has been away since a cold start, and there is no room for more webhooks: they are turned away.'
    query: 'AppMetrics | where Name == "nationalid.events.refused" and tostring(Properties.reason) == "quarantine-full" | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'quarantine-waiting'
    severity: 1
    description: 'Webhooks have been in quarantine for an hour, since no secret in the vault fits them: OpenCRVS signs with another one. They are dropped when they are too old.'
    query: 'AppMetrics | where Name == "nationalid.quarantine.oldest" | summarize value = coalesce(max(Max), 0.0) / 60'
    window: 'PT30M'
    every: 'PT5M'
    threshold: 60
    enabled: true
  }
  {
    name: 'payload-unsealed'
    severity: 1
    description: 'A payload in storage is not sealed with any enabled version of the ledger key: somebody else put it there or changed it, or a version was disabled too early. It waits.'
    query: 'AppMetrics | where Name == "nationalid.payloads.unsealed" | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'numbers-refused'
    severity: 2
    description: 'UIN tokens of MOSIP, numbers of the National ID system, or revocations of the country configuration are refused: a token, signature or certificate that does not fit, or something of ours does not answer.'
    query: 'AppMetrics | where Name == "nationalid.events.refused" and (tostring(Properties.reason) startswith "return-" or tostring(Properties.reason) startswith "revocation-") | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'signing-key-mismatch'
    severity: 1
    description: 'The newest P12 and the newest password can\'t be used together.'
    query: 'AppMetrics | where Name == "nationalid.signing.mismatch" | summarize value = coalesce(max(Max), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'certificate-expiry'
    severity: 2
    description: 'A certificate in use ends within 30 days, or has ended.'
    // Days below 30: the gauge is asked on every host that has read the certificate, the fewest days count.
    query: 'AppMetrics | where Name == "nationalid.certificate.days_left" | summarize value = 30.0 - coalesce(min(Min), 30.0)'
    window: 'PT1H'
    every: 'PT1H'
    threshold: 0
    enabled: true
  }
  {
    name: 'secrets-degraded'
    severity: 2
    description: 'Key Vault can\'t be read: the last known secrets are used, a new instance has none.'
    query: 'AppMetrics | where Name == "nationalid.secrets.degraded" | summarize value = coalesce(max(Max), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'reconcile-recovered'
    severity: 1
    description: 'Registrations never came although we were up, and were recovered: OpenCRVS, or a proxy before us, loses them.'
    query: 'AppMetrics | where Name == "nationalid.reconcile.recovered" and tostring(Properties.cause) == "up" | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT1H'
    every: 'PT15M'
    threshold: 0
    enabled: true
  }
  {
    name: 'reconcile-conflicts'
    severity: 2
    description: 'OpenCRVS holds a registration that contradicts the ledger: an operator has to look at it.'
    query: 'AppMetrics | where Name == "nationalid.reconcile.conflicts" | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT1H'
    every: 'PT15M'
    threshold: 0
    enabled: true
  }
  {
    name: 'reconcile-stale'
    severity: 2
    description: 'No run of the reconciliation was complete for two days: what never came stays unnoticed.'
    query: 'AppMetrics | where Name == "nationalid.reconcile.hours_since_complete" | summarize value = coalesce(max(Max), 0.0)'
    window: 'PT30M'
    every: 'PT15M'
    threshold: 48
    enabled: true
  }
  {
    name: 'no-events'
    severity: 2
    description: 'Nothing has come from OpenCRVS for hours of the working day.'
    query: 'let local = now() + ${alerts.utcOffsetMinutes}m; let since = local - ${alerts.quietHours}h; AppMetrics | where Name == "nationalid.events.received" and tostring(Properties.topic) !in ("UIN_TOKEN", "NATIONAL_ID", "CREDENTIAL") | summarize received = coalesce(sum(Sum), 0.0) | project value = iff(received == 0 and startofday(since) == startofday(local) and hourofday(since) >= ${alerts.dayStartHour} and hourofday(local) < ${alerts.dayEndHour} and toint(dayofweek(local) / 1d) in (${workDays}), 1, 0)'
    window: 'PT${alerts.quietHours}H'
    every: 'PT30M'
    threshold: 0
    enabled: true
  }
  {
    name: 'subscription-missing'
    severity: 2
    description: 'A partner that is to tell us of registrations or numbers has not had us subscribed for two hours: what it tells does not come.'
    // The hub and a registry are asked again with each sweep, OpenCRVS each hour: only what was missing all the time counts.
    query: 'AppMetrics | where Name == "nationalid.subscriptions.missing" | summarize missing = min(Min) by tostring(Properties.partner) | summarize value = coalesce(max(missing), 0.0)'
    window: 'PT2H'
    every: 'PT15M'
    threshold: 0
    enabled: true
  }
  {
    name: 'sweep-fails'
    severity: 2
    description: 'A part of the sweep fails more often than not: what it repairs stays broken, and what it counts is told by no other alert.'
    // Twelve runs an hour. One that storage's short outage costs is no trouble.
    query: 'AppMetrics | where Name == "nationalid.sweep.failed" | summarize failed = sum(Sum) by tostring(Properties.part) | summarize value = coalesce(max(failed), 0.0)'
    window: 'PT1H'
    every: 'PT15M'
    threshold: 6
    enabled: true
  }
  {
    name: 'sweep-silent'
    severity: 2
    description: 'The sweep has counted nothing for an hour: alerts about what waits, is poisoned or is flagged can\'t be raised.'
    query: 'AppMetrics | where Name == "nationalid.events.waiting" | summarize counts = count() | project value = iff(counts == 0, 1, 0)'
    window: 'PT1H'
    every: 'PT15M'
    threshold: 0
    enabled: true
  }
  {
    name: 'not-reporting'
    severity: 1
    description: 'The always ready instance sends no metrics: the app isn\'t running.'
    query: 'AppMetrics | where Name startswith "nationalid." | summarize reports = count() | project value = iff(reports == 0, 1, 0)'
    window: 'PT30M'
    every: 'PT10M'
    threshold: 0
    enabled: alwaysRuns
  }
]

resource rule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for one in rules: {
    name: 'alert-${name}-${one.name}'
    location: location
    tags: tags
    properties: {
      displayName: 'National ID client (${name}): ${one.name}'
      description: '${one.description} Run-book: ${alerts.runbookUrl}#${one.name}'
      severity: one.severity
      enabled: one.enabled
      scopes: [workspaceId]
      evaluationFrequency: one.every
      windowSize: one.window
      criteria: {
        allOf: [
          {
            query: one.query
            metricMeasureColumn: 'value'
            timeAggregation: 'Maximum'
            operator: 'GreaterThan'
            threshold: one.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      // It ends by itself when the query says so, and not before: a gauge is above the threshold until its cause is gone.
      autoMitigate: true
      // On a fresh workspace the table appears with the first metric: the query can't be checked before.
      skipQueryValidation: true
      actions: { actionGroups: concat([group.id], alerts.actionGroups) }
    }
  }
]
