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

// Nothing comes to the app through its subnet: callers come to its public address.
resource functionsGuard 'Microsoft.Network/networkSecurityGroups@2024-07-01' = {
  name: 'nsg-${name}-functions'
  location: location
  tags: tags
  properties: { securityRules: [] }
}

var wireGuard = empty(network.wireGuardPeers)
  ? []
  : [
      {
        name: 'wireguard'
        properties: {
          priority: 110
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Udp'
          sourceAddressPrefixes: network.wireGuardPeers
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: string(network.wireGuardPort)
        }
      }
    ]
var gatewayRules = [
  for rule in network.gatewayRules: {
    name: rule.name
    properties: {
      priority: rule.priority
      direction: rule.direction
      access: rule.access
      protocol: rule.protocol
      sourceAddressPrefixes: rule.sourceAddressPrefixes
      sourcePortRange: '*'
      destinationAddressPrefix: '*'
      destinationPortRange: rule.destinationPortRange
    }
  }
]

// Azure lets in the whole virtual network by itself. Here the app's subnet alone, and whom the parameters name.
resource gatewayGuard 'Microsoft.Network/networkSecurityGroups@2024-07-01' = {
  name: 'nsg-${name}-gateway'
  location: location
  tags: tags
  properties: {
    securityRules: concat(
      [
        {
          name: 'functions'
          properties: {
            priority: 101
            direction: 'Inbound'
            access: 'Allow'
            protocol: '*'
            sourceAddressPrefix: network.functionsPrefix
            sourcePortRange: '*'
            destinationAddressPrefix: '*'
            destinationPortRange: '*'
          }
        }
        {
          name: 'others'
          properties: {
            priority: 4096
            direction: 'Inbound'
            access: 'Deny'
            protocol: '*'
            sourceAddressPrefix: '*'
            sourcePortRange: '*'
            destinationAddressPrefix: '*'
            destinationPortRange: '*'
          }
        }
      ],
      wireGuard,
      gatewayRules
    )
  }
}

// Subnets are resources of their own: a deployment that names none of a network's subnets leaves those that the ministry made in it.
resource vnet 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: { addressSpace: { addressPrefixes: [network.addressPrefix] } }
}

resource functions 'Microsoft.Network/virtualNetworks/subnets@2024-07-01' = {
  parent: vnet
  name: 'functions'
  properties: {
    addressPrefix: network.functionsPrefix
    // Flex Consumption's delegation; not Microsoft.Web/serverFarms.
    delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
    serviceEndpoints: [{ service: 'Microsoft.Storage' }, { service: 'Microsoft.KeyVault' }]
    networkSecurityGroup: { id: functionsGuard.id }
    routeTable: { id: routes.id }
    natGateway: network.fixedOutboundAddress ? { id: nat.id } : null
  }
}

// For the WireGuard gateway, which is set up by hand (docs/deploy.md): its keys belong to MOSIP's operators.
resource gateway 'Microsoft.Network/virtualNetworks/subnets@2024-07-01' = {
  parent: vnet
  name: 'gateway'
  properties: {
    addressPrefix: network.gatewayPrefix
    networkSecurityGroup: { id: gatewayGuard.id }
  }
  // Azure changes one subnet of a network at a time.
  dependsOn: [functions]
}

output functionsSubnetId string = functions.id
output outboundAddress string = network.fixedOutboundAddress ? publicAddress!.properties.ipAddress : ''
