#!/usr/bin/env bash
# Usage: tools/ensure-cargo-tools.sh NAME…   (cargo-nextest, cargo-deny, cargo-fuzz)
# Builds a cargo tool with its own lock file, only if it is missing. Unoptimised: a minute instead of five, and fast enough here.
source "$(dirname "$0")/lib.sh"

# The version of each tool that a machine without it gets. A machine that has another one keeps it.
version_of() {
  case $1 in
    cargo-nextest) echo 0.9.143 ;;
    cargo-deny) echo 0.20.2 ;;
    cargo-fuzz) echo 0.13.2 ;;
    *) die "unknown cargo tool: $1" ;;
  esac
}

has cargo || die "missing: Rust (cargo). Install the version named in rust-version of Cargo.toml, then run this again."
# Where cargo install puts programs, in case it is not on the caller's PATH.
export PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin

for tool in "$@"; do
  has "$tool" && continue
  version=$(version_of "$tool")
  # The tool gets a build folder of its own that is removed after, whatever the caller's CARGO_TARGET_DIR.
  watch_long "Building $tool $version (about a minute or two, only this once)" \
    env -u CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 \
    cargo install --locked --debug "$tool" --version "$version" ||
    die "could not build $tool $version. Try: cargo install --locked $tool --version $version"
done
