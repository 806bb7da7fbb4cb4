# Shared by the scripts in tools/: where things are, how they talk, how long steps show progress.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # used by the scripts that read this file
TARGET_DIR=${CARGO_TARGET_DIR:-$ROOT/target}
export RUN_STARTED=${RUN_STARTED:-$(date +%s)}

# Debian packages, as tools/ensure-debian.sh takes them: what building needs, and what testing needs besides.
# openssl makes the authorities that signatures are tried with; softhsm2 is a token without hardware, opensc and the engine sign with it. The fonts are for Chromium: without them it has few Vietnamese letters, and pictures differ from machine to machine.
DEBIAN_BUILD=(cc=gcc cc=libc6-dev pkg-config=pkg-config)
DEBIAN_TEST=('/usr/lib/postgresql/*/bin/initdb=postgresql' openssl=openssl
  softhsm2-util=softhsm2 pkcs11-tool=opensc '/usr/lib/*/engines-3/pkcs11.so=libengine-pkcs11-openssl' chromium=chromium chromium-headless-shell=chromium-headless-shell fonts-noto-core)

# say WORDS: one plain line with the time since the whole run began.
say() {
  local s=$(($(date +%s) - RUN_STARTED))
  printf '[%02d:%02d] %s\n' $((s / 60)) $((s % 60)) "$*"
}

# die WORDS: one line that says what is missing and what to do.
die() {
  printf 'congdanso: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# watch_long TITLE CMD…: runs a command that would be silent or noisy, shows a line of progress every 15 seconds, and its last
# lines only when it fails.
watch_long() {
  local title=$1 log started pid status=0 tick=0
  shift
  log=$(mktemp "${TMPDIR:-/tmp}/congdanso-step.XXXXXX")
  started=$(date +%s)
  say "$title …"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  # shellcheck disable=SC2064
  trap "kill $pid 2>/dev/null || true; rm -f '$log'; exit 130" INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.5
    tick=$((tick + 1))
    if ((tick % 30 == 0)); then
      say "$title … $(($(date +%s) - started)) s: $(tr '\r' '\n' <"$log" | sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | grep -v '^ *$' | tail -n 1 | cut -c 1-90)"
    fi
  done
  wait "$pid" || status=$?
  trap - INT TERM
  if ((status != 0)); then
    say "$title: failed after $(($(date +%s) - started)) s. It said:"
    if (($(wc -l <"$log") > 40)); then
      (head -n 12 "$log" && echo "…" && tail -n 25 "$log") | sed 's/^/    /'
    else
      sed 's/^/    /' "$log"
    fi
  else
    say "$title: done in $(($(date +%s) - started)) s"
  fi
  rm -f "$log"
  return "$status"
}
