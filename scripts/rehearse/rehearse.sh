#!/usr/bin/env bash
# Does everything that ships StudentCore work? From a fresh clone: installs what the rehearsal needs, then rehearses.
# `npm run rehearse -- [--only cloud|machine] [--quick]`; root on Debian. The last line is `N passed, N failed`.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
# shellcheck source=scripts/prepare.sh
. scripts/prepare.sh

need_node
need_packages
exec node scripts/rehearse/rehearse.mjs "$@"
