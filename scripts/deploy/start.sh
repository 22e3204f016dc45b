#!/usr/bin/env bash
# ApplicationStart: switches to the release that AfterInstall made. If that fails, the one before is put back.
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

release=$(new_release)
[ -e "$release/BUILD_ID" ] || fail "release $release is not installed."

before=$(release_of "$CURRENT")
# What never proved to work is nothing to go back to: then PREVIOUS stays what it was.
if [ -n "$before" ] && [ "$before" != "$release" ] && [ -e "$before/.validated" ]; then point "$PREVIOUS" "$before"; fi

undo() {
  local code=$?
  [ "$code" -eq 0 ] && return
  trap - EXIT
  printf 'StudentCore: build %s could not be started: see above.\n' "$(build_of "$release")" >&2
  (go_back) || true # as far as it goes: a step that fails must not keep the others from being done
  exit 1
}
trap undo EXIT

activate "$release"
say "Started build $(build_of "$release")."
