#!/usr/bin/env bash
# Usage: tools/bench.sh [bench|soak] …
# Measures the optimised binary on SQLite and on a temporary PostgreSQL with fsync on. Words after the first go to the binary.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
what=${1:-bench}
(($#)) && shift
"$ROOT/tools/build-binary.sh" release
"$ROOT/tools/ensure-debian.sh" '/usr/lib/postgresql/*/bin/initdb=postgresql'
case $what in
  bench) set -- bench --write docs/benchmarks.md "$@" ;;
  soak) set -- bench --soak "$@" ;;
  *) die "Usage: tools/bench.sh [bench|soak] …" ;;
esac
exec "$ROOT/tools/with-postgres.sh" "$TARGET_DIR/release/congdanso" "$@"
