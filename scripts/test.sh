#!/usr/bin/env bash
# Does everything work? From a fresh clone: installs what the tests need, then types, lint, format, build and all tests.
# The last line is `N passed, N failed`. Arguments go to vitest: ./scripts/test.sh test/seed
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/prepare.sh
. scripts/prepare.sh

need_node
need_packages

# The journey through a real browser drives Debian's chromium.
if ! command -v chromium >/dev/null 2>&1 && [ -z "${CHROMIUM:-}" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say 'Installing chromium for the browser tests …'
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } ||
      say 'chromium could not be installed: the browser tests are skipped.'
  else
    say 'The browser tests are skipped: install chromium (Debian: apt-get install chromium) or set CHROMIUM to its path.'
  fi
fi

exec node scripts/check.mjs "$@"
