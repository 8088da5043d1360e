# Installs what the tests need, or says exactly what is missing. Sourced by ./test.

apt_is_fresh=""
apps_are_built=""
# What did not install last, for the summary.
not_installed=""

# missing WHAT HOW : says what is missing; always fails.
missing() {
  not_installed="$1"
  echo "missing: $1 ($2)" >&2
  return 1
}

# patiently LOG COMMAND... : tries three times, because registries have bad moments.
patiently() {
  local log="$1" try
  shift
  for try in 1 2 3; do
    "$@" >>"$log" 2>&1 && return 0
    echo "did not work, try $try of 3: $*" >&2
    tail -n 20 "$log" >&2
    sleep $((try * 5))
  done
  return 1
}

# Each installer prints nothing and returns 0 when its thing is there already.
install_packages() {
  local log="$VESTIBULE_TEST_LOGS/apt.log" how="on Debian: apt-get install $*"
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then missing "$*" "$how"; return; fi
  echo "installing: $*" >&2
  if [ -z "$apt_is_fresh" ]; then patiently "$log" apt-get update -qq || { missing "$*" "$how"; return; }; apt_is_fresh=yes; fi
  DEBIAN_FRONTEND=noninteractive patiently "$log" apt-get install -qq -y --no-install-recommends "$@" || missing "$*" "$how"
}

need_rust() {
  if ! command -v cargo >/dev/null; then missing Rust "from https://rustup.rs, or: apt-get install rustup"; return; fi
  command -v cc >/dev/null && command -v c++ >/dev/null || install_packages gcc g++ libc6-dev
}

need_rust_component() { # rustfmt or clippy
  cargo "$1" --version >/dev/null 2>&1 && return 0
  rustup component add "$2" >/dev/null 2>&1 && return 0
  missing "$2" "rustup component add $2"
}

need_nextest() {
  cargo nextest --version >/dev/null 2>&1 && return 0
  echo "installing: cargo-nextest" >&2
  patiently "$VESTIBULE_TEST_LOGS/nextest-install.log" cargo install --locked --quiet cargo-nextest
}

need_cargo_deny() {
  cargo deny --version >/dev/null 2>&1 && return 0
  echo "installing: cargo-deny" >&2
  patiently "$VESTIBULE_TEST_LOGS/cargo-deny-install.log" cargo install --locked --quiet cargo-deny
}

need_node() {
  command -v npm >/dev/null || install_packages nodejs npm || return 1
  npm_install "$ROOT/tests" || return 1
  # The SDK wants a newer Node than Debian's; the npm package `node` brings it. Newer npm versions run the script that
  # fetches it only when it is allowed, older ones always; where neither did, we run it ourselves.
  if ! "$ROOT/tests/node_modules/.bin/node" --version >/dev/null 2>&1; then
    (cd "$ROOT/tests/node_modules/node" && node installArchSpecificPackage.js) >"$VESTIBULE_TEST_LOGS/node.log" 2>&1
  fi
  NODE="$ROOT/tests/node_modules/.bin/node"
  "$NODE" --version >/dev/null 2>&1 || { missing "Node 22" "npm package 'node'"; return; }
  export NODE
}

need_cli() { need_node && npm_install "$ROOT/tests/cli"; }

# npm_install FOLDER : `npm ci`, unless the lock file is the one that was installed last.
npm_install() {
  local stamp="$1/node_modules/.installed-lock"
  cmp -s "$1/package-lock.json" "$stamp" && return 0
  echo "installing: npm packages of ${1#"$ROOT/"}" >&2
  patiently "$VESTIBULE_TEST_LOGS/npm.log" npm ci --prefix "$1" --no-progress --no-fund --no-audit ||
    { missing "npm packages of ${1#"$ROOT/"}" "npm ci"; return; }
  cp "$1/package-lock.json" "$stamp"
}

# A Secret Service and a bus for it, as a desktop has them.
need_keyring() {
  command -v gnome-keyring-daemon >/dev/null && command -v dbus-run-session >/dev/null && command -v dbus-send >/dev/null ||
    install_packages gnome-keyring dbus
}

need_python() {
  PYTHON="$ROOT/tests/.venv/bin/python"
  export PYTHON
  python_install "$ROOT/tests"
}

# python_install FOLDER : the requirements of the folder in an environment of its own, unless they are there already.
python_install() {
  local requirements="$1/requirements.txt" venv="$1/.venv"
  cmp -s "$requirements" "$venv/installed-requirements.txt" && return 0
  command -v python3 >/dev/null || install_packages python3 python3-venv || return 1
  echo "installing: Python packages of ${1#"$ROOT/"}" >&2
  rm -rf "$venv"
  if ! python3 -m venv "$venv" >/dev/null 2>&1; then
    install_packages python3-venv && rm -rf "$venv" && python3 -m venv "$venv" || return 1
  fi
  patiently "$VESTIBULE_TEST_LOGS/pip.log" "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" ||
    { missing "Python packages of ${1#"$ROOT/"}" "pip install -r $requirements"; return; }
  cp "$requirements" "$venv/installed-requirements.txt"
}

# The applications of tests/apps, built once for all engines. That with no server of its own knows the address of the
# API from its build, so its tests build it.
need_apps() {
  need_node && need_chromium && need_faketime || return 1
  local app
  for app in nextjs reactrouter spa express; do npm_install "$ROOT/tests/apps/$app" || return 1; done
  python_install "$ROOT/tests/apps/flask" || return 1
  [ -n "$apps_are_built" ] && return 0
  build_app nextjs node_modules/next/dist/bin/next && build_app reactrouter node_modules/@react-router/dev/bin.js || return 1
  apps_are_built=yes
}

# build_app APP BUILDER
build_app() {
  local log="$VESTIBULE_TEST_LOGS/build-$1.log"
  echo "building: tests/apps/$1" >&2
  (cd "$ROOT/tests/apps/$1" && NEXT_TELEMETRY_DISABLED=1 "$NODE" "$2" build) >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; missing "a build of tests/apps/$1" "see $log"; }
}

# Lets tests move the clock of the processes that they start.
need_faketime() { compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || install_packages libfaketime; }

# Receives log streams over TLS.
need_rsyslog() {
  PATH="$PATH:/usr/sbin" command -v rsyslogd >/dev/null && compgen -G '/usr/lib/*/rsyslog/lmnsd_ossl.so' >/dev/null ||
    install_packages rsyslog rsyslog-openssl
}

# Signs and encrypts the documents that the SAML tests are about.
need_xmlsec() { command -v xmlsec1 >/dev/null || install_packages xmlsec1; }

need_chromium() {
  CHROMIUM="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || true)}"
  if [ -z "$CHROMIUM" ]; then
    install_packages chromium || return 1
    CHROMIUM="$(command -v chromium)"
  fi
  export CHROMIUM
}

need_psql() { command -v psql >/dev/null || install_packages postgresql-client; }

# The folder of the newest installed server programs, or nothing.
postgres_programs() {
  local folder
  for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) "$(pg_config --bindir 2>/dev/null)"; do
    [ -n "$folder" ] && [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && { echo "$folder"; return 0; }
  done
  return 1
}

need_postgres() { postgres_programs >/dev/null || install_packages postgresql; }
