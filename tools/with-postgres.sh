#!/usr/bin/env bash
# Usage: tools/with-postgres.sh [--fast] CMD…
# Runs CMD with a PostgreSQL server of its own, named in CONGDANSO_TEST_POSTGRES, and leaves nothing behind: server and data go when
# CMD ends, fails or is interrupted. --fast: no fsync and little memory, for tests. Without it the server is set as docs/OPERATIONS.md says that a real
# one should be, for benchmarks.
source "$(dirname "$0")/lib.sh"

memory=$(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) / 1024)) # MB
settings=(-c shared_buffers="$((memory / 4))MB" -c effective_cache_size="$((memory / 2))MB" -c random_page_cost=1.1 -c max_wal_size=4GB
  -c checkpoint_timeout=15min)
fast=
if [[ ${1:-} == --fast ]]; then
  fast=yes
  settings=(-c shared_buffers=256MB -c max_wal_size=2GB -c fsync=off -c synchronous_commit=off -c full_page_writes=off)
  shift
fi
(($#)) || die "Usage: tools/with-postgres.sh [--fast] CMD…"

find_bin() {
  local found
  found=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1) || true
  [[ -n $found ]] || found=$(command -v initdb || true)
  [[ -n $found ]] && dirname "$(readlink -f "$found")"
}
bin=$(find_bin) || {
  "$ROOT/tools/ensure-debian.sh" postgresql
  bin=$(find_bin) || die "missing: PostgreSQL (initdb, postgres). On Debian: apt-get install postgresql"
}

# PostgreSQL refuses to run as root: take the user of its package, or nobody.
# --pdeathsig: the server stops even when this script is killed outright.
as_owner=(setpriv --pdeathsig INT)
owner=$(id -un)
if ((EUID == 0)); then
  owner=postgres
  id "$owner" >/dev/null 2>&1 || owner=nobody
  as_owner=(setpriv --reuid "$(id -u "$owner")" --regid "$(id -g "$owner")" --clear-groups --no-new-privs --pdeathsig INT)
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/congdanso-postgres.XXXXXX")
server='' command_pid=''
finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  if [[ -n $command_pid ]] && kill -0 "$command_pid" 2>/dev/null; then
    kill -TERM "$command_pid" 2>/dev/null || true
    for _ in {1..50}; do
      kill -0 "$command_pid" 2>/dev/null || break
      sleep 0.1
    done
  fi
  if [[ -n $server ]] && kill -INT "$server" 2>/dev/null; then # INT: sessions are cut off, nothing is waited for
    for _ in {1..100}; do
      kill -0 "$server" 2>/dev/null || break
      sleep 0.1
    done
    kill -QUIT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$dir"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

started=$(date +%s%N)
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$password" >"$dir/password"
mkdir "$dir/socket"
((EUID != 0)) || chown -R "$owner" "$dir"
cd "$dir"
"${as_owner[@]}" "$bin/initdb" --pgdata "$dir/data" --username congdanso --pwfile "$dir/password" --auth-local trust --auth-host md5 \
  --encoding UTF8 --locale C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 </dev/null || {
  tail -n 5 "$dir/initdb.log" >&2
  die "initdb failed (see above)."
}

# The port is picked at random; where it is taken, the server stops at once and the next one is tried.
ready=
for _ in {1..20}; do
  port=$((20000 + RANDOM % 12000))
  "${as_owner[@]}" "$bin/postgres" -D "$dir/data" -k "$dir/socket" -p "$port" -c listen_addresses=127.0.0.1 -c max_connections=200 \
    -c timezone=UTC "${settings[@]}" >"$dir/server.log" 2>&1 </dev/null &
  server=$!
  for _ in {1..150}; do
    # Over TCP, and our own socket exists: a stranger's server on the same port cannot be taken for ours.
    if [[ -S $dir/socket/.s.PGSQL.$port ]] && "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; then
      ready=yes
      break 2
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  kill -QUIT "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
  grep -q 'Address already in use' "$dir/server.log" || break
done
if [[ -z $ready ]]; then
  tail -n 8 "$dir/server.log" >&2
  die "the temporary PostgreSQL server did not start (see above)."
fi
"$bin/createdb" -h "$dir/socket" -p "$port" -U congdanso congdanso_test

export CONGDANSO_TEST_POSTGRES="postgres://congdanso:$password@127.0.0.1:$port/congdanso_test"
say "PostgreSQL $("$bin/postgres" --version | grep -o '[0-9][0-9.]*' | head -n 1) on 127.0.0.1:$port, ready in $((($(date +%s%N) - started) / 1000000)) ms${fast:+, without fsync}"

cd "$OLDPWD"
# In the background so that a signal to this script is answered at once; with the terminal's input and Ctrl-C left as they are.
(
  trap - INT TERM HUP EXIT
  exec "$@"
) <&0 &
command_pid=$!
status=0
wait "$command_pid" || status=$?
command_pid=
exit "$status"
