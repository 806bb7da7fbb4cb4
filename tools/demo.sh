#!/usr/bin/env bash
# Builds and starts the demo. Words after the script go to `congdanso demo`: --data DIR, --port-base N, --fresh.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
"$ROOT/tools/build-binary.sh" "${PROFILE:-release}"
say "Starting the demo. Ctrl-C ends it."
binary=$TARGET_DIR/${PROFILE:-release}/congdanso
[[ ${PROFILE:-release} != dev ]] || binary=$TARGET_DIR/debug/congdanso
exec "$binary" demo "$@"
