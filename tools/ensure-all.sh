#!/usr/bin/env bash
# Installs everything that the other targets would install when they need it.
source "$(dirname "$0")/lib.sh"
"$ROOT/tools/ensure-debian.sh" "${DEBIAN_BUILD[@]}" "${DEBIAN_TEST[@]}"
"$ROOT/tools/ensure-cargo-tools.sh" cargo-nextest cargo-deny
"$ROOT/tools/npm-install.sh" "$ROOT/web-ui"
"$ROOT/tools/npm-install.sh" "$ROOT/tests/browser"
"$ROOT/tools/npm-install.sh" "$ROOT/tests/peers/smpp"
"$ROOT/tools/npm-install.sh" "$ROOT/tests/peers/s3"
"$ROOT/tools/npm-install.sh" "$ROOT/tests/peers/oidc"
"$ROOT/tools/npm-install.sh" "$ROOT/tests/peers/vnpay"
"$ROOT/tools/pip-install.sh" "$ROOT/tests/peers/open311"
"$ROOT/tools/pip-install.sh" "$ROOT/tests/peers/soap"
"$ROOT/tools/pip-install.sh" "$ROOT/tests/peers/oidc-python"
say "All tools are there."
