#!/usr/bin/env bash
# Usage: tools/pip-install.sh DIR
# Makes DIR/venv with the packages of DIR/requirements.txt, once for each state of that file. Leaves out everything when
# CONGDANSO_NO_PYTHON=1, and says so; CI must not leave it out.
source "$(dirname "$0")/lib.sh"

dir=${1:?Usage: tools/pip-install.sh DIR}
if [[ ${CONGDANSO_NO_PYTHON:-} == 1 ]]; then
  [[ ${CI:-} != true ]] || die "CONGDANSO_NO_PYTHON=1 is refused under CI=true: the foreign client must be asked there."
  say "NOT RUN, because CONGDANSO_NO_PYTHON=1: the foreign clients of ${dir#"$ROOT"/}"
  exit 0
fi
has python3 || "$ROOT/tools/ensure-debian.sh" python3
# Debian leaves pip's own installer out of Python.
python3 -c 'import ensurepip, venv' 2>/dev/null || "$ROOT/tools/ensure-debian.sh" python3-venv

cd "$dir"
[[ -f requirements.txt ]] || die "missing: $dir/requirements.txt"
stamp=venv/.requirements.sha256
exec 9<requirements.txt
flock 9
digest=$(sha256sum <requirements.txt)
[[ -f $stamp && $(<"$stamp") == "$digest" ]] && exit 0

install() {
  rm -rf venv && python3 -m venv venv &&
    venv/bin/python -m pip install --quiet --disable-pip-version-check --retries 2 -r requirements.txt
}
watch_long "Installing Python packages of ${dir#"$ROOT"/}" install ||
  die "pip failed in $dir (its own words are above). Without a network set CONGDANSO_NO_PYTHON=1 to leave these tests out."
printf '%s\n' "$digest" >"$stamp"
