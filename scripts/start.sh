#!/usr/bin/env bash
# One command from a fresh clone to a running college: installs, builds, loads the demo college once, serves it.
# Every variable of the README's table may be set; Ctrl+C stops everything.
set -euo pipefail

# A relative folder means one beside where the command was typed.
export DATA_DIR="${DATA_DIR:-}"
case "$DATA_DIR" in '' | /*) ;; *) DATA_DIR="$PWD/$DATA_DIR" ;; esac
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
DATA_DIR="${DATA_DIR:-$PWD/data}"
# shellcheck source=scripts/prepare.sh
. scripts/prepare.sh

need_node
need_packages
step node scripts/fresh.mjs || exit 1

# Says once and for all whether this college began as the demo; real data is never mixed with it.
first_start="$DATA_DIR/first-start"
if [ "${NODE_ENV:-development}" != production ] && [ ! -e "$first_start" ]; then
  step node dist/seed/command.js --first-start || exit $?
fi

address() {
  local host="${HOST:-127.0.0.1}"
  case "$host" in 0.0.0.0 | ::) host=127.0.0.1 ;; *:*) host="[$host]" ;; esac
  printf '%s' "${PUBLIC_URL:-http://$host:${PORT:-5000}}"
}

printf '\nStudentCore opens at %s (Ctrl+C stops it).\n' "$(address)"
if [ -e "$first_start" ] && grep -q '^demo' "$first_start"; then
  if grep -q 'default password' "$first_start"; then password='studentcore-demo'; else password='the SEED_PASSWORD of the first start'; fi
  printf 'Demo logins: admin, faculty01 to faculty08, student01 to student10. Password: %s\n' "$password"
fi
printf '\n'
# The same on every version of Node; see "memory" in docs/performance.md.
exec node --expose-gc --max-semi-space-size=16 dist/server.js
