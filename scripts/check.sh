#!/usr/bin/env bash
# The checks beside the tests. CI runs all of them, and each counts there as one test.
#   scripts/check.sh             all
#   scripts/check.sh NAME ...    some of: lines layout style vulnerabilities publish sbom
# The last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/prepare.sh

solution=NationalId.sln
out=.local/publish
sboms=.local/sbom

# What is ours: files that git knows, and new ones that it doesn't ignore.
ours() {
  local file
  git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
    [[ ! -f $file ]] || echo "$file"
  done
}

# Nothing wraps strings and comments by itself, and no tool knows our rule about ConfigureAwait.
check_lines() {
  local failed=0
  mapfile -t code < <(ours '*.cs')
  mapfile -t shell < <(ours '*.sh' run test bench .ci/run)
  if LC_ALL=C.UTF-8 grep -HnE '^.{121,}' "${code[@]}" "${shell[@]}" | cut -c 1-160; then
    echo "Lines of more than 120 columns: the ones above."
    failed=1
  fi
  if grep -HnE '\.ConfigureAwait\((continueOnCapturedContext: *)?false\)' "${code[@]}"; then
    echo "ConfigureAwait(false) has no use here: a worker has no synchronization context."
    failed=1
  fi
  return "$failed"
}

check_layout() {
  dotnet tool restore && dotnet csharpier check .
}

# Its parts style and analyzers ran with the build, whose warnings are errors (EnforceCodeStyleInBuild).
check_style() {
  dotnet format whitespace "$solution" --verify-no-changes --no-restore
}

# Packages with known vulnerabilities, ours and those that the Functions host loads. Not every feed serves advisories:
# where one doesn't, nothing is known, and that is said loudly instead of failing.
check_vulnerabilities() {
  local folder=.local/audit failed=0 said sources url number=0
  rm -rf "$folder"
  mkdir -p "$folder/host"
  # As the sources of advisories NuGet is told the sources of packages: only then it says when one has none.
  sources=
  while read -r _ url; do
    number=$((number + 1))
    sources+="<add key=\"audit$number\" value=\"$url\" />"
  done < <(dotnet nuget list source --format short | grep '^E')
  echo "<configuration><auditSources><clear />$sources</auditSources></configuration>" >"$folder/nuget.config"
  cat >"$folder/Directory.Build.props" <<'PROPS'
<Project>
  <PropertyGroup>
    <NuGetAudit>true</NuGetAudit>
    <NuGetAuditMode>all</NuGetAuditMode>
    <NuGetAuditLevel>low</NuGetAuditLevel>
    <TargetFramework>net10.0</TargetFramework>
  </PropertyGroup>
</Project>
PROPS
  cp Directory.Packages.props "$folder/"
  cat >"$folder/audit.csproj" <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <ProjectReference Include="../../NationalId.Tests/NationalId.Tests.csproj" />
    <ProjectReference Include="../../NationalId.Benchmarks/NationalId.Benchmarks.csproj" />
  </ItemGroup>
</Project>
PROJECT
  said=$(dotnet restore "$folder/audit.csproj" --force 2>&1) || failed=1
  # What the Functions host loads is built by the worker's SDK from a project that it generates.
  local generated
  generated=$(find NationalId.Functions/obj -name WorkerExtensions.csproj -print -quit 2>/dev/null)
  if [[ -n $generated ]]; then
    cp "$generated" "$folder/host/"
    echo '<Project />' >"$folder/host/Directory.Packages.props"
    said+=$'\n'$(dotnet restore "$folder/host/WorkerExtensions.csproj" --force 2>&1) || failed=1
  else
    echo "NationalId.Functions was not built yet: the packages that the Functions host loads are not looked at."
    failed=1
  fi
  ((failed == 0)) || echo "$said"
  if grep -oE 'warning NU190[1-4]: [^[]*|error NU[0-9]+: [^[]*' <<<"$said" | sort -u | grep .; then
    failed=1
  fi
  if grep -qE 'NU190[05]' <<<"$said"; then
    loudly "NuGet" "$(grep -oE 'NU190[05]: [^[]*' <<<"$said" | sort -u | head -n 1)"
  fi

  local audit
  audit=$(npm audit --json 2>/dev/null)
  case $(node -e '
    const { auditReportVersion, metadata } = JSON.parse(require("fs").readFileSync(0, "utf8") || "{}");
    console.log(auditReportVersion ? metadata.vulnerabilities.total : "none");' <<<"$audit") in
    0) ;;
    none) loudly "npm" "$(grep -m 1 '"message"' <<<"$audit")" ;;
    *)
      npm audit
      failed=1
      ;;
  esac
  return "$failed"
}

loudly() {
  cat <<NOTE >>"${CHECK_NOTES:-/dev/stderr}"

  +----------------------------------------------------------------------------------------+
  |  NOTE: packages were NOT checked for known vulnerabilities: no advisories are served.  |
  +----------------------------------------------------------------------------------------+
  $1: $2
NOTE
}

# What is deployed, as docs/deploy.md says: from the locks, for Linux x64, with all that the Functions host looks for.
check_publish() {
  rm -rf "$out"
  # The analyzers have seen this code in the tests' build.
  CI=true dotnet publish NationalId.Functions -c Release -r linux-x64 --self-contained false -o "$out" --nologo -v q \
    -p:RunAnalyzers=false || return 1
  local file missing=0 wanted=(NationalId.Functions.dll host.json functions.metadata worker.config.json .azurefunctions)
  for file in "${wanted[@]}" extensions.json; do
    if [[ ! -e $out/$file ]]; then
      echo "$file is missing in what was published."
      missing=1
    fi
  done
  return "$missing"
}

# Bills of material: what is deployed, what the Functions host loads, and the tools from npm.
check_sbom() {
  local version generated
  version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
  rm -rf "$sboms"
  mkdir -p "$sboms"
  dotnet tool restore || return 1
  bill NationalId.Functions/NationalId.Functions.csproj national-id-client "$version" || return 1
  generated=$(find NationalId.Functions/obj -name WorkerExtensions.csproj -print -quit 2>/dev/null)
  [[ -z $generated ]] || bill "$generated" national-id-client-host-extensions "$version" || return 1
  npm sbom --sbom-format cyclonedx --package-lock-only >"$sboms/tools.cdx.json" || return 1
  for file in "$sboms"/*.cdx.json; do
    node -e '
      const { components } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
      console.log(`${process.argv[1]}: ${components.length} components`);
      process.exit(components.length > 0 ? 0 : 1);' "$file" || return 1
  done
}

bill() {
  dotnet dotnet-CycloneDX "$1" --disable-package-restore --output "$sboms" --filename "$2.cdx.json" \
    --output-format Json --set-name "$2" --set-version "$3" --no-serial-number
}

declare -A titles=(
  [lines]="Checking lines (120 columns, ConfigureAwait)"
  [layout]="Checking the layout (CSharpier)"
  [style]="Checking the style (dotnet format)"
  [vulnerabilities]="Checking for known vulnerabilities"
  [publish]="Publishing the worker"
  [sbom]="Writing bills of material ($sboms)"
)
names=("$@")
((${#names[@]} > 0)) || names=(lines layout style vulnerabilities publish sbom)

mkdir -p .local
CHECK_NOTES=$(mktemp)
passed=0 failed=0
for name in "${names[@]}"; do
  [[ -n ${titles[$name]:-} ]] || fail "There is no check $name; scripts/check.sh tells at its top which there are."
  if with_progress "${titles[$name]}" "check_$name"; then
    passed=$((passed + 1))
  else
    echo "== $name: FAILED"
    failed=$((failed + 1))
  fi
  cat "$CHECK_NOTES"
  : >"$CHECK_NOTES"
done
rm -f "$CHECK_NOTES"
echo "$passed passed, $failed failed"
((failed == 0))
