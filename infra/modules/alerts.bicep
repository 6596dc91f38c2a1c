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
  }
}

// Every query gives one number, value; the alert is raised while it is above the threshold. docs/runbook.md has a section for each name.
var workDays = join(map(alerts.workDays, day => string(day)), ',')
var rules = [
  {
    name: 'events-poisoned'
    severity: 1
    description: 'An event can never be delivered as it is: an operator has to look at it.'
    query: 'AppMetrics | where Name == "nationalid.events.poisoned" | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'events-flagged'
    severity: 2
    description: 'An event or a number is kept but not delivered: it can\'t be understood, or contradicts what is known.'
    // Of what only the delivery sees, the numbers that come back: a death without a national id is flagged too, and nobody has to be woken for it.
    query: 'AppMetrics | where (Name == "nationalid.events.received" and tostring(Properties.outcome) == "flagged") or (Name == "nationalid.events.flagged" and tostring(Properties.topic) in ("UIN_TOKEN", "NATIONAL_ID")) | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
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
    window: 'PT10M'
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
    description: 'A webhook could not be taken: storage refused for too long, it is too large, or something unforeseen. It is lost unless it is re-sent.'
    query: 'AppMetrics | where Name == "nationalid.events.refused" and tostring(Properties.reason) in ("storage", "too-large", "unexpected") | summarize value = coalesce(sum(Sum), 0.0)'
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
    name: 'numbers-refused'
    severity: 2
    description: 'UIN tokens of MOSIP, or numbers of the National ID system, are refused: a token, signature or certificate that does not fit, or something of ours does not answer.'
    query: 'AppMetrics | where Name == "nationalid.events.refused" and tostring(Properties.reason) startswith "return-" | summarize value = coalesce(sum(Sum), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'signing-key-mismatch'
    severity: 1
    description: 'The newest P12 and the newest password don\'t fit together.'
    query: 'AppMetrics | where Name == "nationalid.signing.mismatch" | summarize value = coalesce(max(Max), 0.0)'
    window: 'PT15M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'secrets-degraded'
    severity: 2
    description: 'Key Vault can\'t be read: the last known secrets are used, a new instance has none.'
    query: 'AppMetrics | where Name == "nationalid.secrets.degraded" | summarize value = coalesce(max(Max), 0.0)'
    window: 'PT10M'
    every: 'PT5M'
    threshold: 0
    enabled: true
  }
  {
    name: 'no-events'
    severity: 2
    description: 'Nothing has come from OpenCRVS for hours of the working day.'
    query: 'let local = now() + ${alerts.utcOffsetMinutes}m; let since = local - ${alerts.quietHours}h; AppMetrics | where Name == "nationalid.events.received" and tostring(Properties.topic) !in ("UIN_TOKEN", "NATIONAL_ID") | summarize received = coalesce(sum(Sum), 0.0) | project value = iff(received == 0 and startofday(since) == startofday(local) and hourofday(since) >= ${alerts.dayStartHour} and hourofday(local) < ${alerts.dayEndHour} and toint(dayofweek(local) / 1d) in (${workDays}), 1, 0)'
    window: 'PT${alerts.quietHours}H'
    every: 'PT30M'
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
      description: '${one.description} Run-book: docs/runbook.md#${one.name}'
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
      autoMitigate: true
      // On a fresh workspace the table appears with the first metric: the query can't be checked before.
      skipQueryValidation: true
      actions: { actionGroups: [group.id] }
    }
  }
]
