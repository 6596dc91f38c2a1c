#!/usr/bin/env bash
# Whether this subscription and region have what infra/ needs. A deployer runs it first: docs/deploy.md, step 2.
#   scripts/azure-check.sh REGION              asks, and changes nothing
#   scripts/azure-check.sh --register REGION   also registers the resource providers that are missing
set -euo pipefail

# All that infra/ makes resources of, and Microsoft.App, to which Flex Consumption's subnet is delegated.
# Microsoft.Authorization and Microsoft.Resources are registered everywhere. A test compares this list with the
# compiled Bicep.
providers=(
  Microsoft.App
  Microsoft.Insights
  Microsoft.KeyVault
  Microsoft.ManagedIdentity
  Microsoft.Network
  Microsoft.OperationalInsights
  Microsoft.Storage
  Microsoft.Web
)

register=false
if [[ ${1:-} == --register ]]; then
  register=true
  shift
fi
region=${1:-}
[[ -n $region ]] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
command -v az >/dev/null || { echo "The Azure CLI is needed: az is not on the PATH." >&2; exit 2; }
account=$(az account show --query name -o tsv) || { echo "Sign in first: az login" >&2; exit 2; }
echo "Subscription: $account"

missing=0
for provider in "${providers[@]}"; do
  state=$(az provider show --namespace "$provider" --query registrationState -o tsv 2>/dev/null || echo unknown)
  if [[ $state != Registered ]] && $register; then
    echo "Registering $provider; this takes minutes ..."
    az provider register --namespace "$provider" --wait
    state=$(az provider show --namespace "$provider" --query registrationState -o tsv)
  fi
  if [[ $state == Registered ]]; then
    echo "ok       $provider"
  else
    echo "MISSING  $provider ($state)"
    missing=1
  fi
done

if az functionapp list-flexconsumption-locations --query '[].name' -o tsv | tr -d ' ' | grep -qix "$region"; then
  echo "ok       Flex Consumption in $region"
else
  echo "MISSING  Flex Consumption in $region: take a region of az functionapp list-flexconsumption-locations"
  missing=1
fi
runtimes=$(az functionapp list-flexconsumption-runtimes --location "$region" --runtime dotnet-isolated \
  --query '[].version' -o tsv 2>/dev/null || true)
if grep -qx '10.0' <<<"$runtimes"; then
  echo "ok       .NET 10 in $region"
else
  echo "MISSING  .NET 10 in $region"
  missing=1
fi

if ((missing)); then
  echo "Something is missing. Providers are registered by: $0 --register $region" >&2
  exit 1
fi
echo "All that infra/ needs is there."
