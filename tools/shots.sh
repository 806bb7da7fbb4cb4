#!/usr/bin/env bash
# Photographs every screen of the demo into shots/, and lays the pictures out as contact sheets.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
"$ROOT/tools/ensure-debian.sh" "${DEBIAN_TEST[@]}"
"$ROOT/tools/npm-install.sh" "$ROOT/tests/browser"
"$ROOT/tools/build-binary.sh" "${PROFILE:-dev}"
exec node tests/browser/shots.mjs "$@"
