#!/usr/bin/env bash
# What is shipped? Fills a folder with what runs and nothing else: `bash scripts/deploy/package.sh <folder>`.
set -euo pipefail

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

[ $# -eq 1 ] || fail 'Which folder? For example: bash scripts/deploy/package.sh .build/artifact'
mkdir -p -- "$1"
folder=$(cd -- "$1" && pwd)
[ -z "$(ls -A -- "$folder")" ] || fail "$folder is not empty: name a new folder, or empty it."
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

build=${CODEBUILD_RESOLVED_SOURCE_VERSION:-$(git rev-parse HEAD 2>/dev/null || true)}
[[ "$build" =~ ^[A-Za-z0-9._-]+$ ]] ||
  fail 'Which build is this? Run it in a git checkout, or set CODEBUILD_RESOLVED_SOURCE_VERSION.'

node scripts/fresh.mjs || fail 'There is nothing to ship: the build failed.'

mkdir -p -- "$folder/scripts"
cp -R -- appspec.yml dist views public package.json package-lock.json LICENSE "$folder/"
cp -R -- scripts/deploy "$folder/scripts/"
chmod 0755 -- "$folder"/scripts/deploy/*.sh
chmod 0755 -- "$folder"/scripts/deploy/*.sh # a source that came as an archive may have lost this
printf '%s\n' "$build" >"$folder/BUILD_ID"

# The dependencies go along, so that no registry is needed to roll back. The optional one is the local database engine.
(cd -- "$folder" && npm ci --omit=dev --omit=optional --prefer-offline --no-audit --no-fund \
  --loglevel=error) ||
  fail 'The dependencies could not be installed: see above.'
# Links to commands that nobody runs; an artifact with links arrives differently from how it was sent.
rm -rf -- "$folder/node_modules/.bin"

node "$folder/scripts/deploy/check.mjs" || fail 'What was packed does not load: see above.'
printf 'Packed build %s into %s (%s).\n' "$build" "$folder" "$(du -sh -- "$folder" | cut -f1)"
