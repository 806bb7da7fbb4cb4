#!/usr/bin/env bash
# Usage: tools/ensure-debian.sh [PROOF=]PACKAGE…
# Installs the Debian packages that are missing. PROOF is a command or a path pattern: where it exists, the package is not asked
# for, so that other systems and hand-made installations are left alone.
# Says nothing when all is there. Works as root or with sudo; otherwise says in one line what to install.
source "$(dirname "$0")/lib.sh"

missing=()
for want in "$@"; do
  package=${want##*=}
  proof=${want%=*}
  [[ $want == *=* ]] || proof=
  if [[ -n $proof ]]; then
    if [[ $proof == /* ]] && compgen -G "$proof" >/dev/null; then continue; fi
    if [[ $proof != /* ]] && has "$proof"; then continue; fi
  fi
  if has dpkg-query && dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then continue; fi
  missing+=("$package")
done
((${#missing[@]})) || exit 0

has apt-get || die "missing: ${missing[*]} (names of Debian packages). Install them with your system's package manager, then run this again."
as_root=()
if ((EUID != 0)); then
  has sudo || die "missing Debian packages: ${missing[*]}. As root: apt-get install ${missing[*]}"
  # A terminal may be asked for the password; a machine may not.
  if [[ -t 0 ]]; then sudo -v; else sudo -n true 2>/dev/null; fi ||
    die "missing Debian packages: ${missing[*]}. Run: sudo apt-get install ${missing[*]}"
  as_root=(sudo -n)
fi

# Installing PostgreSQL must not leave a database server running on this machine: only its programs are wanted.
quiet_postgres=/etc/postgresql-common/createcluster.d/congdanso-install.conf
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"
}
install_missing() {
  apt install -y --no-install-recommends "${missing[@]}"
}
update_and_install() {
  apt update && install_missing
}

if [[ " ${missing[*]} " == *" postgresql"* && ! -d /etc/postgresql-common ]]; then
  "${as_root[@]}" mkdir -p "${quiet_postgres%/*}"
  echo "create_main_cluster = false" | "${as_root[@]}" tee "$quiet_postgres" >/dev/null
  trap '"${as_root[@]}" rm -f "$quiet_postgres"' EXIT
fi

watch_long "Installing Debian packages: ${missing[*]}" update_and_install ||
  die "could not install Debian packages: ${missing[*]}. Try: apt-get update && apt-get install ${missing[*]}"
