#!/usr/bin/env bash
# Usage: tools/npm-install.sh DIR
# npm ci in DIR, once for each package-lock.json: a stamp in node_modules holds the lock file's digest. Two at once wait for each
# other, because npm ci deletes node_modules under the other's feet.
source "$(dirname "$0")/lib.sh"

dir=${1:?Usage: tools/npm-install.sh DIR}
has node || die "missing: Node.js 20 or newer (node)."
has npm || die "missing: npm, which comes with Node.js."
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
  die "Node.js $(node --version) is too old: 20 or newer is needed."

cd "$dir"
[[ -f package-lock.json ]] || die "missing: $dir/package-lock.json"
stamp=node_modules/.package-lock.sha256
exec 9<package-lock.json
flock 9
digest=$(sha256sum <package-lock.json)
[[ -f $stamp && $(<"$stamp") == "$digest" ]] && exit 0

# Scripts of packages are never run: no package here needs one, and a download hidden in one would fail anyway.
watch_long "Installing npm packages of ${dir#"$ROOT"/}" npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries 2 --fetch-retry-mintimeout 2000 --fetch-retry-maxtimeout 8000 ||
  die "npm ci failed in $dir (its own words are above)."
printf '%s\n' "$digest" >"$stamp"
