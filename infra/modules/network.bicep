import { networkType, tagsType } from 'types.bicep'

param name string
param location string
param tags tagsType
param network networkType

resource routes 'Microsoft.Network/routeTables@2024-07-01' = {
  name: 'rt-${name}'
  location: location
  tags: tags
  properties: {
    routes: [
      for (prefix, i) in network.mosipPrefixes: {
        name: 'mosip-${i}'
        properties: {
          addressPrefix: prefix
          nextHopType: 'VirtualAppliance'
          nextHopIpAddress: network.gatewayAddress
        }
      }
    ]
  }
}

resource publicAddress 'Microsoft.Network/publicIPAddresses@2024-07-01' = if (network.fixedOutboundAddress) {
  name: 'pip-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource nat 'Microsoft.Network/natGateways@2024-07-01' = if (network.fixedOutboundAddress) {
  name: 'nat-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: publicAddress.id }] }
}

resource vnet 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [network.addressPrefix] }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: network.functionsPrefix
          // Flex Consumption's delegation; not Microsoft.Web/serverFarms.
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
          serviceEndpoints: [{ service: 'Microsoft.Storage' }, { service: 'Microsoft.KeyVault' }]
          routeTable: { id: routes.id }
          natGateway: network.fixedOutboundAddress ? { id: nat.id } : null
        }
      }
      {
        // For the WireGuard gateway, which is set up by hand (docs/deploy.md): its keys belong to MOSIP's operators.
        name: 'gateway'
        properties: { addressPrefix: network.gatewayPrefix }
      }
    ]
  }

  resource functions 'subnets' existing = {
    name: 'functions'
  }
}

output functionsSubnetId string = vnet::functions.id
output outboundAddress string = network.fixedOutboundAddress ? publicAddress!.properties.ipAddress : ''
