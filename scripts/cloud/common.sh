# shellcheck shell=bash disable=SC2034,SC2154 # the variables are shared with ../deploy.sh
# How do the deploy scripts speak, ask AWS and ask the operator? Sourced by ../deploy.sh.

# A folder of this run's own: the error of the last call, parameters, change sets.
work=$(mktemp -d)
began=$SECONDS
export AWS_PAGER=''

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
progress() { printf '  %4d s  %s\n' "$((SECONDS - began))" "$*"; }

fail() {
  printf 'deploy.sh: %s\n' "$*" >&2
  exit 1
}

# One call of AWS, in the chosen region; what went wrong is kept for `reason`.
cloud() {
  aws "$@" ${endpoint:+--endpoint-url "$endpoint"} --region "$region" 2>"$work/error"
}

# The same with a text answer; the CLI prints None for what is not there.
ask() {
  local answer
  answer=$(cloud "$@" --output text) || return 1
  [ "$answer" = None ] || printf '%s' "$answer"
}

# Why the last call failed (or the one whose words $1 holds), as one line without the CLI's preamble.
reason() {
  tr -s '\n' ' ' <"${1:-$work/error}" |
    sed -E 's/^ *(aws: \[ERROR\]: )?//; s/An error occurred \(([A-Za-z0-9.]+)\) when calling the [A-Za-z]+ operation( \([^)]*\))?: //; s/ +$//'
}

# Lines as one, with commas.
listed() { tr '\n' ' ' | sed -E 's/ +$//; s/ /, /g'; }

failed_with() { grep -qE "$1" "$work/error"; }

# A call that an emulator may lack: there it is said and left out, at AWS it must succeed.
wanted() {
  local what=$1
  shift
  cloud "$@" >/dev/null && return
  [ -n "$endpoint" ] || fail "$what failed: $(reason)"
  say "This endpoint does not offer it: $what is left out."
}

# Whether the operator agrees, else $refusal says why not. $1: the question, $2: what has to be typed (y when empty),
# $3: the option that answers where there is nobody to ask.
agreed() {
  local answer='' expected=${2:-}
  refusal="There is no terminal to ask on: run it again with ${3:---yes}."
  [ -t 0 ] || return 1
  refusal='Nothing was changed.'
  read -r -p "$1 " answer || return 1
  if [ -n "$expected" ]; then [ "$answer" = "$expected" ]; else [[ $answer == [yY] || $answer == [yY][eE][sS] ]]; fi
}

# Waits a moment; emulators answer at once. $1: seconds since the wait began, $2: the limit, $3: what did not come.
pause() {
  [ "$1" -lt "$2" ] || fail "$3 It took longer than $(($2 / 60)) minutes; run this again to go on from here."
  sleep "${endpoint:+0.}5"
}
