# shellcheck shell=bash
# Is everything there that the other scripts need? Sourced by start.sh and test.sh, with the root as working directory.

say() { printf '%s\n' "$*" >&2; }

# Runs a step so that a signal to the script ends the step too, whoever sent it.
step() {
  "$@" &
  local child=$!
  trap 'kill -TERM "$child" 2>/dev/null; wait "$child"; exit 143' TERM HUP
  trap 'kill -TERM "$child" 2>/dev/null; wait "$child"; exit 130' INT
  local code=0
  wait "$child" || code=$?
  trap - TERM HUP INT
  return "$code"
}

need_node() {
  if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    say 'StudentCore needs Node 20.19 or newer with npm: install it from https://nodejs.org and try again.'
    exit 1
  fi
  node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' || {
    say "StudentCore needs Node 20.19 or newer, this is $(node --version): install a newer one and try again."
    exit 1
  }
}

# npm writes node_modules/.package-lock.json when an installation is complete.
need_packages() {
  if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say 'Installing what StudentCore needs …'
    step npm ci --include=dev --no-audit --no-fund --loglevel=error || {
      say 'The installation failed: see above. Is the npm registry reachable?'
      exit 1
    }
    touch node_modules/.package-lock.json
  fi
}
