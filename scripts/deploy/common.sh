# shellcheck shell=bash
# shellcheck disable=SC2034 # what is named here is used by those who source it
# Where does everything lie on the machine, and how is a release put to work? Sourced by the hooks, which run as root.
set -euo pipefail
# CodeDeploy gives its hooks no stdin.
exec </dev/null

BASE=/opt/studentcore
INCOMING=$BASE/incoming
RELEASES=$BASE/releases
CURRENT=$BASE/current   # the release that runs
PREVIOUS=$BASE/previous # the last one before it that proved to work
KEPT_RELEASES=3

ENV_FILE=/etc/studentcore/studentcore.env
NODE=/usr/bin/node-24
ADDRESS=http://127.0.0.1:5000

# Enabled at boot; the certificate's service is started by its timer, and by the front.
ENABLED=(studentcore.socket studentcore.service studentcore-log.service studentcore-certificate.timer)
UNITS=("${ENABLED[@]}" studentcore-certificate.service)

say() { printf '%s\n' "$*"; }

fail() {
  printf 'StudentCore: %s\n' "$*" >&2
  exit 1
}

# The folder of the release that this deployment brings.
new_release() {
  [[ "${DEPLOYMENT_ID:-}" =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] ||
    fail 'DEPLOYMENT_ID is not set: this script is a hook of CodeDeploy.'
  printf '%s/%s' "$RELEASES" "$DEPLOYMENT_ID"
}

# The folder that a link leads to; nothing when there is none.
release_of() { readlink -e -- "$1" || true; }

build_of() { cat -- "$1/BUILD_ID"; }

# A link is replaced in one step, so that nobody ever finds it missing.
point() {
  ln -sfn -- "$2" "$1.new"
  mv -fT -- "$1.new" "$1"
}

# Puts a release to work: its units, its front, the link, the restart. Connections wait in the socket meanwhile.
activate() {
  local release=$1 unit changed='' restart=(studentcore.service)
  for unit in "${UNITS[@]}"; do
    if ! cmp -s -- "$release/scripts/deploy/$unit" "/etc/systemd/system/$unit"; then
      install -m 0644 -- "$release/scripts/deploy/$unit" "/etc/systemd/system/$unit"
      changed="$changed $unit"
    fi
  done
  if [ -n "$changed" ]; then
    systemctl daemon-reload
    systemctl --quiet enable "${ENABLED[@]}"
  fi
  # The one change that refuses connections for a moment, and needed only when the socket itself is another.
  case "$changed" in *studentcore.socket*) restart=(studentcore.socket studentcore.service) ;; esac

  bash "$release/scripts/deploy/front.sh"
  point "$CURRENT" "$release"
  systemctl restart "${restart[@]}"
  systemctl restart studentcore-log.service studentcore-certificate.timer
}

# Puts the last release that proved to work in the place of one that does not.
go_back() {
  local release
  release=$(release_of "$PREVIOUS")
  [ -n "$release" ] || fail 'there is no earlier release to go back to.'
  activate "$release"
  say "Went back to build $(build_of "$release")."
}

# Removes old releases, never the two in use.
prune() {
  local release kept=0
  while IFS= read -r release; do
    kept=$((kept + 1))
    [ "$kept" -gt "$KEPT_RELEASES" ] || continue
    [ "$release" != "$(release_of "$CURRENT")" ] && [ "$release" != "$(release_of "$PREVIOUS")" ] || continue
    rm -rf -- "$release"
  done < <(find "$RELEASES" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | cut -d' ' -f2-)
}
