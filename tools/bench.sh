#!/usr/bin/env bash
# Usage: tools/bench.sh [bench|soak] …
# `soak` first kills the server 20 times in the middle of writes, on both databases, then loads it for minutes.
# Measures the optimised binary on SQLite and on a temporary PostgreSQL with fsync on. Words after the first go to the binary.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
what=${1:-bench}
(($#)) && shift
"$ROOT/tools/build-binary.sh" release
"$ROOT/tools/ensure-debian.sh" '/usr/lib/postgresql/*/bin/initdb=postgresql'
case $what in
  bench) set -- bench --write docs/benchmarks.md "$@" ;;
  soak)
    "$ROOT/tools/ensure-cargo-tools.sh" cargo-nextest
    CONGDANSO_SOAK=1 "$ROOT/tools/with-postgres.sh" cargo nextest run -p congdanso --test whole --locked kill
    set -- bench --soak "$@"
    ;;
  *) die "Usage: tools/bench.sh [bench|soak] …" ;;
esac
exec "$ROOT/tools/with-postgres.sh" "$TARGET_DIR/release/congdanso" "$@"
