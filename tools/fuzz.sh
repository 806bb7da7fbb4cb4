#!/usr/bin/env bash
# Usage: tools/fuzz.sh [TARGET…]   (all of fuzz/fuzz_targets when none is named)
# Each target for FUZZ_SECONDS (60), as many at once as there are processors. What breaks one lies in fuzz/artifacts; what reached
# something new stays in fuzz/corpus for the next run.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
export PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
seconds=${FUZZ_SECONDS:-60}
"$ROOT/tools/ensure-debian.sh" "${DEBIAN_BUILD[@]}" 'c++=g++'
"$ROOT/tools/ensure-cargo-tools.sh" cargo-fuzz
[[ -e web-ui/dist ]] || "$ROOT/tools/build-ui.sh"
(($#)) || set -- $(basename -s .rs fuzz/fuzz_targets/*.rs)

# What is fuzzed has the versions of what is shipped.
cp Cargo.lock fuzz/Cargo.lock
# Without a sanitizer the stable compiler does: there is no unsafe code of ours, and a panic is a find.
target=${FUZZ_TARGET_DIR:-$ROOT/fuzz/target}
watch_long "Building the fuzz targets (the first time about a quarter of an hour)" \
  cargo fuzz build --sanitizer none --target-dir "$target"

# Seeds that are no text are written as hexadecimal digits.
for name in "$@"; do
  mkdir -p "fuzz/corpus/$name" "fuzz/artifacts/$name"
  for seed in "fuzz/seeds/$name"/*; do
    if [[ $seed == *.hex ]]; then
      perl -0777 -ne 's/\s//g; print pack "H*", $_' "$seed" >"fuzz/corpus/$name/$(basename "$seed" .hex)-of-hex"
    else
      cp "$seed" "fuzz/corpus/$name/"
    fi
  done
done

one() {
  local name=$1 log status=0
  log=$(mktemp "${TMPDIR:-/tmp}/congdanso-fuzz.XXXXXX")
  "$target/$(rustc -vV | sed -n 's/host: //p')/release/$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=8192 \
    -artifact_prefix="fuzz/artifacts/$name/" "fuzz/corpus/$name" >"$log" 2>&1 || status=$?
  if ((status == 0)); then
    say "$name: $(grep -o 'Done [0-9]* runs' "$log" | tail -n 1), nothing found"
  else
    say "$name: FAILED. It said:"
    tail -n 30 "$log" | sed 's/^/    /'
  fi
  rm -f "$log"
  return "$status"
}
export -f one say
export seconds target
say "$# targets, $seconds seconds each, $(nproc) at once"
status=0
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'one {}' || status=1
((status == 0)) || die "a fuzz target failed: see above; run it again with: tools/fuzz.sh NAME"
say "make fuzz: nothing found."
