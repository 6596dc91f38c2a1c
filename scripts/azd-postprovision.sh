#!/usr/bin/env bash
# azd runs it after it made resources (azure.yaml), with the Bicep's outputs as variables: what is left to do by hand.
set -euo pipefail

cat <<TEXT

Made: the function app ${functionApp:-?}, the vault ${keyVault:-?}.
To do, each once (docs/deploy.md):
  3. tell the app registration where the app is: az ad app update --id <signIn.clientId> --web-redirect-uris ...
  4. scripts/put-secrets.sh ${keyVault:-<vault>} <folder>
  7. let OpenCRVS in: ${webhookUrl:-<webhook address>}; outbound address: ${outboundAddress:-none}
TEXT
