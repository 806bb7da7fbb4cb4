#!/usr/bin/env bash
# Builds web-ui/dist (CSS, TypeScript islands, icons, fonts) when a source is newer than web-ui/dist/manifest.json.
source "$(dirname "$0")/lib.sh"

ui=$ROOT/web-ui
manifest=$ui/dist/manifest.json
"$ROOT/tools/npm-install.sh" "$ui"
exec 8<"$ui/package.json"
flock 8
newer_sources() {
  find "$ui" -mindepth 1 \( -name node_modules -o -name dist -o -name out -o -name '.*' \) -prune -o -type f -newer "$manifest" -print -quit
}
if [[ -f $manifest && -z $(newer_sources) ]]; then exit 0; fi

(cd "$ui" && watch_long "Building the pages' CSS and scripts" node build.mjs) || die "web-ui did not build: run  cd web-ui && node build.mjs"
[[ -f $manifest ]] || die "web-ui/build.mjs wrote no dist/manifest.json."
# A build that kept an unchanged manifest must not be repeated each time.
[[ -z $(newer_sources) ]] || touch "$manifest"
