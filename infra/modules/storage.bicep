import { tagsType } from 'types.bicep'

param name string
param location string
param tags tagsType
param subnetId string
param operators string[]
param openToInternet bool
param payloadLastResortDays int
param redundancy 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS'

var queues = ['birth-events', 'death-events', 'return-events', 'confirm-events', 'seeder-batches', 'reconcile']
var tables = ['events', 'registrations', 'confirmations', 'seeder', 'reconcile', 'backfill']
var containers = ['payloads', 'quarantine', 'reindexed', 'seeder-files', 'deployments']

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
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['payloads/', 'quarantine/', 'reindexed/', 'seeder-files/'] }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: payloadLastResortDays } } }
            }
          }
        ]
      }
    }
  }
}
