#!/usr/bin/env bash
# ValidateService: does the new version serve, also through the front? If not, the one before is put back at once.
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
. "$(dirname -- "${BASH_SOURCE[0]}")/machine.sh"

# Shorter than the front's patience: who waits for a release that never starts is answered by the one before.
PATIENCE=30

release=$(release_of "$CURRENT")
[ -n "$release" ] || fail 'no release was started.'

ask() { curl --silent --fail --max-time 3 "$@" 2>/dev/null; }

# Ready, and of the build that is expected.
serves() {
  local build=$1 address=$2
  shift 2
  ask "$@" "$address/readyz" >/dev/null && [[ "$(ask "$@" "$address/healthz")" == *"+$build\""* ]]
}

serves_everywhere() {
  serves "$1" "$ADDRESS" || return 1
  systemctl --quiet is-active nginx.service || return 0
  case "$(front_mode)" in
    plain) serves "$1" http://127.0.0.1 ;;
    # Whether the certificate is still good is no fault of a release.
    secure) serves "$1" "https://$SERVER_NAME" --insecure --connect-to '::127.0.0.1:443' ;;
  esac
}

wait_for() {
  local until=$((SECONDS + PATIENCE))
  until serves_everywhere "$1"; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.5
  done
}

build=$(build_of "$release")
if wait_for "$build"; then
  touch -- "$release/.validated"
  prune
  say "Build $build serves."
  exit 0
fi

journalctl --unit=studentcore.service --lines=20 --output=cat --no-pager >&2 || true
printf 'StudentCore: build %s did not become ready within %s seconds; above are the last lines of its log.\n' \
  "$build" "$PATIENCE" >&2
go_back || true # as far as it goes: a step that fails must not keep the others from being done
prune
build=$(build_of "$(release_of "$CURRENT")")
wait_for "$build" || fail "build $build, which worked before, does not become ready either."
fail "build $build serves again."
