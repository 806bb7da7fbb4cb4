#!/usr/bin/env bash
# Format, clippy, dependency rules. Usage: tools/lint.sh [fmt|clippy|deny]…   (all when none is named)
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
export PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
has cargo || die "missing: Rust (cargo)."

(($#)) || set -- fmt clippy deny
for part in "$@"; do
  case $part in
    fmt) cargo fmt --all --check ;;
    clippy) cargo clippy --workspace --all-targets --locked -- -D warnings ;;
    deny)
      "$ROOT/tools/ensure-cargo-tools.sh" cargo-deny
      cargo deny --locked check bans licenses sources
      if timeout 60 cargo deny fetch db >/dev/null 2>&1; then
        cargo deny --locked check --disable-fetch advisories
      else
        echo "advisories: not checked, the RustSec advisory database cannot be reached from here."
      fi
      ;;
    *) die "tools/lint.sh: unknown part $part (fmt, clippy, deny)" ;;
  esac
done
