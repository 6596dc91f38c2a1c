import { tagsType } from 'types.bicep'

param name string
param location string
param tags tagsType
param retentionDays int

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    // Telemetry is taken from identities only; the key in the connection string opens nothing.
    DisableLocalAuth: true
    // Only machines call: the run-book asks which. Operators' addresses are there too.
    DisableIpMasking: true
  }
}

output workspaceId string = workspace.id
