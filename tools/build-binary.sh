#!/usr/bin/env bash
# Usage: tools/build-binary.sh [dev|release|dist]
# Brings what the build needs, builds the pages' files and then the binary congdanso.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
profile=${1:-release}

has cargo || die "missing: Rust (cargo). Install the version named in rust-version of Cargo.toml."
"$ROOT/tools/ensure-debian.sh" "${DEBIAN_BUILD[@]}"
"$ROOT/tools/build-ui.sh"
say "Building congdanso (profile $profile; the first time takes several minutes on 2 cores, later seconds)"
started=$(date +%s)
if [[ $profile == dev ]]; then
  cargo build --workspace --bins --locked
else
  cargo build --package congdanso --locked --profile "$profile"
fi
say "Building congdanso: done in $(($(date +%s) - started)) s"
