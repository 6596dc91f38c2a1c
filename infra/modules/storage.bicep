import { tagsType } from 'types.bicep'

param name string
param location string
param tags tagsType
param identityId string
param principalId string
param subnetId string
param operators string[]
param openToInternet bool
param payloadLastResortDays int
param redundancy 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS'

var queues = ['birth-events', 'death-events', 'return-events', 'seeder-batches']
var tables = ['events', 'registrations', 'seeder']
var containers = ['payloads', 'quarantine', 'seeder-files', 'deployments']

var roles = {
  // The Functions host takes leases and keeps its keys in blobs: it asks for Owner, not Contributor.
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      defaultAction: openToInternet ? 'Allow' : 'Deny'
      bypass: 'AzureServices'
      virtualNetworkRules: [{ id: subnetId }]
      // Storage takes single addresses without a prefix length, and no /31 or /32.
      ipRules: [for range in operators: { value: replace(range, '/32', '') }]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource container 'containers' = [
      for container in containers: {
        name: container
        properties: { publicAccess: 'None' }
      }
    ]
  }

  resource queueService 'queueServices' = {
    name: 'default'

    resource queue 'queues' = [for queue in queues: { name: queue }]
    // The host makes a poison queue when it first needs it; made here, they can be watched from the first day.
    resource poison 'queues' = [for queue in queues: { name: '${queue}-poison' }]
  }

  resource tableService 'tableServices' = {
    name: 'default'

    resource table 'tables' = [for table in tables: { name: table }]
  }

  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'payloads-last-resort'
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['payloads/', 'quarantine/', 'seeder-files/'] }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: payloadLastResortDays } } }
            }
          }
        ]
      }
    }
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(roles): {
    name: guid(storage.id, identityId, role.value)
    scope: storage
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    }
  }
]
