#!/usr/bin/env bash
# Mutation runs over the rooms where a silent fault costs a person: the code is changed a bit in hundreds of places, and
# counted in how many of them a test fails. Not in CI: it takes an hour. CONTRIBUTING.md, "Tests that would notice".
#   scripts/mutate.sh                all rooms
#   scripts/mutate.sh registry       some of registry, signatures, folding, envelope, settling
# Ends with each room's score and what survived; fails when a room is below 85 %. The whole report, line by line:
# .local/mutation/reports/mutation.html.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/prepare.sh

# What is changed, by room.
registry=(Registry/*.cs)
signatures=(
  OpenCrvs/Webhooks/{JsUriEncoder,JsUriHmac,WebhookSignature}.cs
  OpenCrvs/Auth/{LoggedOutTokens,OpenCrvsBearers,OpenCrvsKeys,TokenTimes}.cs
  OpenCrvs/Actions/TriggerTokens.cs
  Mosip/WebSub/HubSignatures.cs
)
folding=(OpenCrvs/Actions/{ActionEventReader,AddressParts,DocumentParts,Eligibility,EventDocument,FieldOptions}.cs)
envelope=(
  Mosip/Mediator/{Envelope,EnvelopeContent,EnvelopeOpener}.cs
  Mosip/WebSub/{CredentialContent,CredentialMessage,CredentialProof,CredentialReader,DetachedJws}.cs
  Mosip/WebSub/{LinkedData,LinkedDataProof}.cs
)
settling=(Pipeline/{EventClaims,EventDelivery,RetryDelay,Settlement}.cs Ledger/PayloadSeals.cs)

# The tests that are to notice, of the fast tier. Others see these lines too, and would only take longer.
declare -A fast=(
  [registry]="Registry. OpenCrvs.Fhir.EventReaderTests"
  [signatures]="OpenCrvs.Auth. OpenCrvs.Webhooks. OpenCrvs.Actions.TriggerTokensTests Mosip.WebSub."
  [folding]="OpenCrvs.Actions."
  [envelope]="Mosip.Mediator. Mosip.WebSub."
  [settling]="Pipeline."
)
# And what Azurite or Node alone can show.
declare -A whole=([envelope]="CredentialProof LinkedData Envelope Credential" [settling]="Seal SealContent Settling")

rooms=(registry signatures folding envelope settling)
[[ $# -eq 0 ]] || rooms=("$@")
changed=() scored=() tests=""
for room in "${rooms[@]}"; do
  [[ -n ${fast[$room]:-} ]] || fail "No such room: $room. There are: registry, signatures, folding, envelope, settling."
  declare -n code=$room
  for file in "${code[@]}"; do
    changed+=(--mutate "**/$file")
    scored+=("$room=$file")
  done
  for name in ${fast[$room]}; do
    tests+="|(Tier!=whole&FullyQualifiedName~NationalId.Tests.$name)"
  done
  for name in ${whole[$room]:-}; do
    tests+="|FullyQualifiedName~.${name}Tests"
  done
done

check_tools
install_node_modules
dotnet tool restore >/dev/null
(
  cd NationalId.Core
  dotnet stryker --config-file ../scripts/mutation.json --skip-version-check --output ../.local/mutation \
    --test-case-filter "${tests:1}" "${changed[@]}"
)
exec node scripts/mutation-score.mjs .local/mutation/reports/mutation.json 85 "${scored[@]}"
