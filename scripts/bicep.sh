#!/usr/bin/env bash
# Compiles infra/ with the Bicep compiler from NuGet, warnings as errors. Needs the .NET SDK and Linux x64.
# Runs offline once restored.
#   scripts/bicep.sh              checks main.bicep and both parameter files
#   scripts/bicep.sh OUT          also writes OUT/main.json and OUT/main.<stage>.json
#   scripts/bicep.sh -- ARGS...   runs the compiler with ARGS
set -euo pipefail
cd "$(dirname "$0")/.."

project=NationalId.Tests/NationalId.Tests.csproj
version=$(sed -n 's:.*<BicepVersion>\(.*\)</BicepVersion>.*:\1:p' "$project")
packages=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: *//')
bicep="${packages%/}/azure.bicep.commandline.linux-x64/$version/tools/bicep"
if [ ! -x "$bicep" ]; then
  echo "Restoring the Bicep compiler $version ..." >&2
  dotnet restore "$project" -v q
fi
[ -x "$bicep" ] || { echo "No Bicep compiler at $bicep: it is restored on Linux x64 only." >&2; exit 1; }

if [ "${1:-}" = "--" ]; then
  shift
  exec "$bicep" "$@"
fi

out=${1:-$(mktemp -d)}
mkdir -p "$out"
failed=0
compile() {
  local said
  if ! said=$("$bicep" "$@" 2>&1) || [ -n "$said" ]; then
    printf '%s\n' "$said" >&2
    failed=1
  fi
}

compile build infra/main.bicep --outfile "$out/main.json"
for stage in dev prod; do
  compile build-params "infra/main.$stage.bicepparam" --outfile "$out/main.$stage.json"
done

if [ "$failed" = 1 ]; then
  echo "infra/: failed (a warning counts)." >&2
  exit 1
fi
echo "infra/: compiled without a warning."
