# What each part runs. Sourced by ./test.

run_chosen_parts() {
  wants format && part_format
  wants lint && part_lint
  wants dependencies && part_dependencies
  if wants rust; then part_rust; fi
  wants contract && part_contract
  wants screens && part_screens
  local part outside=""
  for part in program node python cli agents browser apps bad_input timing kill fire; do wants "$part" && outside=yes; done
  [ -n "$outside" ] && run_outside
  return 0
}

part_format() {
  need_rust && need_rust_component fmt rustfmt || { cannot_run format "rustfmt is missing"; return; }
  check format cargo fmt --all -- --check
}

part_lint() {
  need_rust && need_rust_component clippy clippy || { cannot_run lint "clippy is missing"; return; }
  check lint cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
}

part_dependencies() {
  need_rust || { cannot_run dependencies "Rust is missing"; return; }
  need_cargo_deny || { cannot_run dependencies "cargo-deny is missing"; return; }
  # The advisories come from a server of their own, which a closed network does not reach:
  # `cargo deny check advisories` asks it.
  check dependencies cargo deny --log-level error check bans licenses sources
}

part_rust() {
  need_rust || { cannot_run rust "Rust is missing"; return; }
  start_postgres || { cannot_run rust "PostgreSQL did not start"; return; }
  need_xmlsec || { cannot_run rust "did not install: $not_installed"; return; }
  local log="$VESTIBULE_TEST_LOGS/rust.log" started=$SECONDS status line
  headline "rust"
  export VESTIBULE_TEST_EVENTS_SEEN="$VESTIBULE_TEST_LOGS/events-seen"
  rm -rf "$VESTIBULE_TEST_EVENTS_SEEN" && mkdir -p "$VESTIBULE_TEST_EVENTS_SEEN"
  if need_nextest; then
    cargo nextest run --workspace --locked --no-fail-fast 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    line="$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -E 'Summary \[' | tail -1)"
    # A test that timed out counts as failed there too.
    counted rust "$(number_before passed "$line")" \
      $(($(number_before failed "$line") + $(number_before 'timed out' "$line"))) "$started" "$status"
  else
    cargo test --workspace --locked --no-fail-fast 2>&1 | tee "$log"
    counted_cargo_test rust "$log" "$started" "${PIPESTATUS[0]}"
    return
  fi
  need_python && check "each event was seen" "$PYTHON" contract/event_visits.py "$VESTIBULE_TEST_EVENTS_SEEN"
  started=$SECONDS
  log="$VESTIBULE_TEST_LOGS/rust-doc.log"
  headline "rust examples in docs"
  cargo test --workspace --locked --doc --quiet >"$log" 2>&1 || { status=$?; cat "$log"; record "rust doc examples" 0 1 $((SECONDS - started)) "status $status"; return; }
  record "rust doc examples" "$(sed -n 's/^test result: .* \([0-9]*\) passed;.*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')" 0 $((SECONDS - started))
}

number_before() { local found; found="$(grep -oE "[0-9]+ $1" <<<"$2" | head -1 | grep -oE '^[0-9]+')"; echo "${found:-0}"; }

counted_cargo_test() {
  local passed failed
  passed="$(sed -n 's/^test result: .* \([0-9]*\) passed;.*/\1/p' "$2" | awk '{n += $1} END {print n + 0}')"
  failed="$(sed -n 's/^test result: .* \([0-9]*\) failed;.*/\1/p' "$2" | awk '{n += $1} END {print n + 0}')"
  counted "$1" "$passed" "$failed" "$3" "$4"
}

part_contract() {
  need_python || { cannot_run contract "the Python packages did not install"; return; }
  build_program || { cannot_run contract "the program does not build"; return; }
  local document="$VESTIBULE_TEST_LOGS/openapi.json"
  "$VESTIBULE_TEST_PROGRAM" openapi >"$document" || { cannot_run contract "the program does not print its document"; return; }
  check "contract check" "$PYTHON" contract/check.py "$document"
  check "contract coverage" "$PYTHON" contract/coverage.py "$document" --check
  check "operations elsewhere" "$PYTHON" contract/elsewhere.py "$document" --check
  check "reference page" reference_is_fresh
  run_pytest "contract tests" 1 contract
}

# Renewed by: vestibule reference > docs/REFERENCE.md
reference_is_fresh() { "$VESTIBULE_TEST_PROGRAM" reference | diff -u docs/REFERENCE.md -; }

build_program() {
  if [ -n "${VESTIBULE_TEST_PROGRAM:-}" ]; then
    [ -x "$VESTIBULE_TEST_PROGRAM" ] || { echo "missing: $VESTIBULE_TEST_PROGRAM" >&2; return 1; }
    return 0
  fi
  need_rust || return 1
  headline "build"
  cargo build --locked --bin vestibule || return 1
  if wants screens; then cargo build --locked --workspace --example preview || return 1; fi
  if wants agents; then cargo build --locked --workspace --example mcp_conformance || return 1; fi
  VESTIBULE_TEST_PROGRAM="$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/debug/vestibule"
  export VESTIBULE_TEST_PROGRAM
}

# They are files, behind which stands no database.
part_screens() {
  build_program || { cannot_run screens "the preview does not build"; return; }
  need_node && need_chromium && run_node_tests screens 2 tests/screens/*.test.mjs || cannot_run_node screens
}

run_outside() {
  local engine
  build_program || { cannot_run outside "the program does not build"; return; }
  for engine in $ENGINES; do
    if [ "$engine" = postgres ]; then start_postgres || { cannot_run "outside on postgres" "PostgreSQL did not start"; continue; }; fi
    export VESTIBULE_TEST_ENGINE="$engine"
    wants program && outside_pytest "program, $engine" 2 tests/program
    if wants node; then
      need_node && run_node_tests "node sdk, $engine" 2 tests/node/*.test.mjs || cannot_run_node "node sdk, $engine"
    fi
    if wants python; then
      if need_rsyslog && need_xmlsec; then outside_pytest "python sdk, $engine" 2 tests/python; else cannot_run "python sdk, $engine" "did not install: $not_installed"; fi
    fi
    if wants cli; then
      need_cli && run_node_tests "official cli, $engine" 2 tests/cli/*.test.mjs || cannot_run_node "official cli, $engine"
    fi
    if wants agents; then
      if need_keyring; then outside_pytest "agents, $engine" 2 tests/agents; else cannot_run "agents, $engine" "did not install: $not_installed"; fi
      need_node && run_node_tests "agents (node), $engine" 1 tests/agents/*.test.mjs || cannot_run_node "agents (node), $engine"
    fi
    if wants browser; then
      need_node && need_chromium && need_python && need_xmlsec && run_node_tests "browser, $engine" 2 tests/browser/*.test.mjs || cannot_run_node "browser, $engine"
    fi
    if wants apps; then
      need_apps && run_node_tests "apps, $engine" 2 tests/apps/*.test.mjs || cannot_run_node "apps, $engine"
    fi
    wants bad_input && outside_pytest "bad input, $engine" 2 tests/bad_input
    wants timing && outside_pytest "timing, $engine" 1 tests/timing
    wants kill && outside_pytest "kill, $engine" 1 tests/kill
    if wants fire; then
      need_node && run_node_tests "delivery under fire, $engine" 1 tests/fire/*.test.mjs || cannot_run_node "delivery under fire, $engine"
    fi
  done
}

outside_pytest() {
  if need_python; then run_pytest "$@"; else cannot_run "$1" "did not install: $not_installed"; fi
}

cannot_run_node() { cannot_run "$1" "did not install: $not_installed"; }

# run_node_tests NAME CONCURRENCY FILE... : always returns 0, for its result is recorded.
run_node_tests() {
  local name="$1" concurrency="$2" log started=$SECONDS status
  log="$VESTIBULE_TEST_LOGS/${name//[ ,]/-}.tap"
  shift 2
  headline "$name"
  "$NODE" --test --test-concurrency="$concurrency" --test-timeout=900000 \
    --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$log" "$@"
  status=$?
  # A skipped, unfinished or cancelled test did not prove anything: it counts as failed.
  counted "$name" "$(tap_number pass "$log")" \
    $(($(tap_number fail "$log") + $(tap_number cancelled "$log") + $(tap_number skipped "$log") + $(tap_number todo "$log"))) "$started" "$status"
  return 0
}

tap_number() { local found; found="$(sed -n "s/^# $1 \([0-9]*\)$/\1/p" "$2" | tail -1)"; echo "${found:-0}"; }

# run_pytest NAME CONCURRENCY FOLDER : a file is run by one process, which has its server.
run_pytest() {
  local name="$1" concurrency="$2" log started=$SECONDS status numbers
  log="$VESTIBULE_TEST_LOGS/${name//[ ,]/-}.xml"
  shift 2
  headline "$name"
  if [ "$concurrency" -gt 1 ]; then set -- --numprocesses "$concurrency" --dist loadfile "$@"; fi
  "$PYTHON" -m pytest -p no:cacheprovider -q --junitxml="$log" "$@"
  status=$?
  numbers="$("$PYTHON" - "$log" <<'PY'
import sys
import xml.etree.ElementTree as tree
try:
    suites = list(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
except (OSError, tree.ParseError):
    suites = []
total = lambda name: sum(int(suite.get(name, 0)) for suite in suites)
bad = total("failures") + total("errors") + total("skipped")
print(total("tests") - bad, bad)
PY
)"
  # shellcheck disable=SC2086
  counted "$name" $numbers "$started" "$status"
  return 0
}
