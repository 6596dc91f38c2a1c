#!/usr/bin/env bash
# azd runs it before it makes resources (azure.yaml): whether the parameters and the subscription are ready.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ -f infra/ours.bicepparam ]] || {
  echo "infra/ours.bicepparam is missing: copy infra/main.prod.bicepparam and fill it in (docs/deploy.md, step 1)." >&2
  exit 1
}
if grep -nE '\.example[/'"'"']|00000000-0000-0000-0000-000000000000' infra/ours.bicepparam >&2; then
  echo "infra/ours.bicepparam still has invented values: the lines above." >&2
  exit 1
fi
[[ -n ${AZURE_LOCATION:-} ]] || { echo "azd env set AZURE_LOCATION <region>" >&2; exit 1; }
[[ -n ${AZURE_RESOURCE_GROUP:-} ]] || { echo "azd env set AZURE_RESOURCE_GROUP <group>; it must exist." >&2; exit 1; }
scripts/azure-check.sh "$AZURE_LOCATION"
