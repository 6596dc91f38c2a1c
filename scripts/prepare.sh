# Shared by ./run, ./test, ./bench and scripts/check.sh: checks the tools, installs what is missing, builds.
# Sourced, not run; the caller has changed to the checkout.

# No build servers are left behind on the machine: what we start, we end.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

say() { printf '%s\n' "== $*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 2
}

# Runs a command quietly, says every few seconds that it still runs, and shows its output only when it fails.
with_progress() {
  local what=$1 log start last code=0 pid
  shift
  log=$(mktemp)
  start=$SECONDS
  last=$SECONDS
  say "$what ..."
  "$@" >"$log" 2>&1 9>&- &
  pid=$!
  trap 'kill "$pid" 2>/dev/null; rm -f "$log"; exit 130' INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.3
    if ((SECONDS - last >= 5)); then
      last=$SECONDS
      printf '   %s: %s s\n' "$what" "$((SECONDS - start))"
    fi
  done
  wait "$pid" || code=$?
  trap - INT TERM
  if ((code != 0)); then
    cat "$log" >&2
  else
    printf '   done in %s s\n' "$((SECONDS - start))"
  fi
  rm -f "$log"
  return "$code"
}

check_tools() {
  command -v dotnet >/dev/null ||
    fail "The .NET SDK 10 is needed (dotnet is not on the PATH): https://dotnet.microsoft.com/download"
  dotnet --list-sdks | grep -q '^1[0-9]\.' ||
    fail "The .NET SDK 10 is needed; this machine has: $(dotnet --list-sdks | tr '\n' ' ')"
  command -v node >/dev/null && command -v npm >/dev/null ||
    fail "Node 20 or newer with npm is needed: it runs Azurite, the storage emulator. Node is no part of the product."
  (($(node -p 'process.versions.node.split(".")[0]') >= 20)) ||
    fail "Node 20 or newer is needed; this machine has $(node --version)."
}

# Azurite, as package-lock.json pins it; again when the lock has changed.
install_node_modules() {
  cmp -s package-lock.json node_modules/.installed-lock && return
  with_progress "Installing Azurite (npm ci)" npm ci --no-audit --no-fund --loglevel error || fail "npm ci failed."
  cp package-lock.json node_modules/.installed-lock
}

# Everything above, then builds the named projects or solutions: once at a time in a checkout. The lock's descriptor is
# closed for all that is started meanwhile.
prepare() {
  check_tools
  mkdir -p .local
  exec 9>.local/prepare.lock
  if command -v flock >/dev/null && ! flock -n 9; then
    say "Another preparation runs in this checkout; waiting for it ..."
    flock 9
  fi
  install_node_modules
  local target
  for target in "$@"; do
    with_progress "Building $target (${configuration:-Release})" \
      dotnet build "$target" -c "${configuration:-Release}" --nologo -v q || fail "The build of $target failed."
  done
  exec 9>&-
}

# For what needs a Debian package, e.g.: need_debian chromium chromium
need_debian() {
  local program=$1 package=$2
  command -v "$program" >/dev/null && return
  command -v apt-get >/dev/null || fail "$program is needed: install it."
  local root=()
  ((EUID == 0)) || root=(sudo)
  local install="DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $package"
  with_progress "Installing $package (apt-get)" "${root[@]}" sh -c "apt-get update -q && $install" ||
    fail "$package could not be installed."
}

# The operator page's tests use Debian's Chromium. Without it they are skipped, visibly, and fail in continuous
# integration.
install_chromium() {
  [[ -z ${CHROMIUM:-} ]] || return 0
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null &&
    return
  if ! command -v apt-get >/dev/null || { ((EUID != 0)) && ! sudo -n true 2>/dev/null; }; then
    say "NOTE: Chromium is not installed and can't be (no apt-get, or not root): the operator page's tests are skipped."
    return
  fi
  # In its own shell: a refusal must not end the whole run.
  (need_debian chromium 'chromium fonts-dejavu-core') || say "NOTE: the operator page's tests are skipped."
}
