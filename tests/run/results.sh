# Keeps the result of each part and prints the summary. Sourced by ./test.

total_passed=0
total_failed=0
summary=()

headline() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

# record NAME PASSED FAILED SECONDS [REMARK]
record() {
  local name="$1" passed="$2" failed="$3" seconds="$4" remark="${5:-}"
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  summary+=("$(printf '%-22s %5d passed %4d failed %6ss  %s' "$name" "$passed" "$failed" "$seconds" "$remark")")
}

# A part that cannot run has failed, and says why.
cannot_run() {
  echo "cannot run: $2" >&2
  record "$1" 0 1 0 "cannot run: $2"
}

# check NAME COMMAND... : one command, one result.
check() {
  local name="$1" started=$SECONDS
  shift
  headline "$name"
  if "$@"; then record "$name" 1 0 $((SECONDS - started)); else record "$name" 0 1 $((SECONDS - started)); fi
}

# counted NAME PASSED FAILED STARTED STATUS : a test runner's own numbers. A runner that ended badly without naming a
# failed test, or that ran nothing, has failed once.
counted() {
  local name="$1" passed="${2:-0}" failed="${3:-0}" started="$4" status="$5" remark=""
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1 remark="the runner ended with status $status"; fi
  if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then failed=1 remark="no test ran"; fi
  record "$name" "$passed" "$failed" $((SECONDS - started)) "$remark"
}

print_summary() {
  headline "Summary"
  [ ${#summary[@]} -eq 0 ] || printf '%s\n' "${summary[@]}"
  echo "$total_passed passed, $total_failed failed"
}
