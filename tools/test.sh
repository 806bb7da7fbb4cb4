#!/usr/bin/env bash
# Everything that must hold before a change lands, in the order in which it fails soonest. One step's failure does not hide the
# others': they all run, and the closing summary lists each with its time. Usage: tools/test.sh [STEP…]
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
export PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
export CARGO_TERM_PROGRESS_WHEN=${CARGO_TERM_PROGRESS_WHEN:-auto}
profile=default
if [[ ${CI:-} == true ]]; then
  export CARGO_INCREMENTAL=0 CARGO_TERM_PROGRESS_WHEN=never
  profile=ci
fi

all_steps=(tools ui fmt clippy deny build nextest doctest web-ui postgres docs browser logs)
steps=("${@:-${all_steps[@]}}")
(($#)) || steps=("${all_steps[@]}")

# What servers wrote and browsers asked for in this run, for the last step.
run_logs=$TARGET_DIR/test-logs

# Tools that must be compiled are built beside the first steps; the step that needs them waits.
tools_log=$(mktemp "${TMPDIR:-/tmp}/congdanso-tools.XXXXXX")
tools_pid=
trap 'rm -f "$tools_log"; [[ -z $tools_pid ]] || kill "$tools_pid" 2>/dev/null || true' EXIT
wait_for_tools() {
  [[ -n $tools_pid ]] || return 0
  local status=0
  wait "$tools_pid" || status=$?
  tools_pid=
  cat "$tools_log"
  return "$status"
}

step_tools() {
  has cargo || die "missing: Rust (cargo). Install the version named in rust-version of Cargo.toml."
  "$ROOT/tools/ensure-debian.sh" "${DEBIAN_BUILD[@]}" "${DEBIAN_TEST[@]}" || return
  if ! has cargo-deny || ! has cargo-nextest; then
    say "Missing cargo tools are built in the background."
    nice -n 5 "$ROOT/tools/ensure-cargo-tools.sh" cargo-deny cargo-nextest >"$tools_log" 2>&1 &
    tools_pid=$!
  fi
}
step_ui() { "$ROOT/tools/build-ui.sh"; }
step_fmt() { "$ROOT/tools/lint.sh" fmt; }
step_clippy() { "$ROOT/tools/lint.sh" clippy; }
step_deny() { wait_for_tools && "$ROOT/tools/lint.sh" deny; }
# Binaries and tests in one command: so both are compiled with one set of features, and nothing twice.
step_build() { cargo build --workspace --bins --tests --locked; }
step_nextest() {
  wait_for_tools && "$ROOT/tools/ensure-cargo-tools.sh" cargo-nextest &&
    "$ROOT/tools/npm-install.sh" "$ROOT/tests/peers/smpp" &&
    "$ROOT/tools/npm-install.sh" "$ROOT/tests/peers/s3" &&
    "$ROOT/tools/npm-install.sh" "$ROOT/tests/peers/oidc" &&
    "$ROOT/tools/npm-install.sh" "$ROOT/tests/peers/vnpay" &&
    "$ROOT/tools/pip-install.sh" "$ROOT/tests/peers/open311" &&
    "$ROOT/tools/pip-install.sh" "$ROOT/tests/peers/soap" &&
    rm -rf "$run_logs/rust" &&
    CONGDANSO_RUN_LOGS=$run_logs/rust "$ROOT/tools/with-postgres.sh" --fast cargo nextest run --workspace --locked --profile "$profile" --test-threads "$(($(nproc) + 1))"
}
step_doctest() { cargo test --workspace --doc --locked --quiet; }
step_web-ui() { "$ROOT/tools/npm-install.sh" "$ROOT/web-ui" && (cd web-ui && npm run --silent typecheck && npm test --silent); }
step_postgres() { node --test --test-reporter=spec tests/postgres/with-postgres.test.mjs; }
step_docs() { node --test --test-reporter=spec tests/docs/*.test.mjs; }
step_browser() {
  "$ROOT/tools/npm-install.sh" "$ROOT/tests/browser" && "$ROOT/tools/pip-install.sh" "$ROOT/tests/peers/oidc-python" &&
    rm -rf "$run_logs/browser" && (cd tests/browser && CONGDANSO_RUN_LOGS=$run_logs/browser npm test --silent)
}
# Of the last run of nextest and of the browser step.
step_logs() {
  node --test --test-reporter=spec tests/logs/*.test.mjs && node tests/logs/check.mjs "$run_logs/rust" "$run_logs/browser"
}

names=() times=() results=()
broken=
run_step() {
  local name=$1 started status=0
  if [[ -n $broken && " nextest doctest browser logs " == *" $name "* ]]; then
    names+=("$name") times+=(0) results+=("not run: $broken failed")
    return
  fi
  say "── $name"
  started=$(date +%s)
  # Inside `||` the shell's own stop at the first error is off: steps of more than one command join them with &&.
  "step_$name" || status=$?
  names+=("$name") times+=($(($(date +%s) - started)))
  if ((status == 0)); then results+=(ok); else results+=("FAILED"); fi
  if ((status != 0)) && [[ $name == build || $name == ui ]]; then broken=$name; fi
  say "── $name: ${results[-1]}, ${times[-1]} s"
}

for name in "${steps[@]}"; do
  [[ " ${all_steps[*]} " == *" $name "* ]] || die "unknown step: $name (one of ${all_steps[*]})"
  run_step "$name"
done

failures=0
echo
echo "Step        Time   Result"
for i in "${!names[@]}"; do
  printf '%-10s %5s s  %s\n' "${names[$i]}" "${times[$i]}" "${results[$i]}"
  [[ ${results[$i]} == ok ]] || failures=$((failures + 1))
done
if ((failures)); then
  say "make test: $failures of ${#names[@]} steps FAILED."
  exit 1
fi
say "make test: all ${#names[@]} steps are ok."
