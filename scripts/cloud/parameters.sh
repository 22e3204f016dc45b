# shellcheck shell=bash disable=SC2034,SC2154 # the variables are shared with ../deploy.sh
# Which values go into the templates? What was given now, else what the stack has, else the template's default; checked
# before AWS is asked, because its answer would come late and name no rule.

# Lines "name<TAB>value" of what was given on the command line.
given="$work/given"
: >"$given"

give() { printf '%s\t%s\n' "$1" "$2" >>"$given"; }

# The last value given for a name; fails when none was.
given_value() {
  awk -F '\t' -v name="$1" '$1 == name { found = 1; value = substr($0, length(name) + 2) } END { if (!found) exit 1; print value }' "$given"
}

declared() { awk -f "$scripts/cloud/parameters.awk" "$1"; }
has_parameter() { declared "$1" | cut -d $'\037' -f 1 | grep -qxF -- "$2"; }
default_of() { declared "$1" | awk -F '\037' -v name="$2" '$1 == name { print $3 }'; }

# Every --parameter must belong to one of the templates.
check_names() {
  local name template known
  while IFS=$'\t' read -r name _; do
    known=
    for template in "$@"; do has_parameter "$template" "$name" && known=yes; done
    [ -n "$known" ] || fail "The templates have no parameter $name: see the list in cloudformation/."
  done <"$given"
}

# Whether a value matches a pattern as CloudFormation reads it; where no tool here can tell, CloudFormation will.
matches() {
  if grep -qP . <<<x 2>/dev/null; then
    grep -qP -- "^(?:$2)\$" <<<"$1"
  elif command -v perl >/dev/null 2>&1; then
    perl -e 'exit($ARGV[0] =~ /^(?:$ARGV[1])$/ ? 0 : 1)' -- "$1" "$2"
  fi
}

within() { awk -v value="$1" -v least="$2" -v most="$3" 'BEGIN { exit !((least == "" || value >= least + 0) && (most == "" || value <= most + 0)) }'; }

# Refuses a value that breaks a rule of its parameter, in the words of the template.
check_value() {
  local name=$1 value=$2 pattern=$3 values=$4 shortest=$5 longest=$6 least=$7 most=$8 constraint=$9
  local rule=''
  if [ -n "$pattern" ] && ! matches "$value" "$pattern"; then rule="it must match $pattern"; fi
  if [ -n "$values" ] && ! tr '\t' '\n' <<<"$values" | grep -qxF -- "$value"; then
    rule="it must be one of ${values//$'\t'/, }"
  fi
  if [ -n "$shortest" ] && [ "${#value}" -lt "$shortest" ]; then rule="it must have at least $shortest characters"; fi
  if [ -n "$longest" ] && [ "${#value}" -gt "$longest" ]; then rule="it must have at most $longest characters"; fi
  if [ -n "$least$most" ]; then
    if ! [[ $value =~ ^-?[0-9]{1,9}(\.[0-9]+)?$ ]]; then
      rule='it must be a number'
    elif ! within "$value" "$least" "$most"; then
      rule="it must be from ${least:-any} to ${most:-any}"
    fi
  fi
  [ -z "$rule" ] || fail "The parameter $name can't be '$value': ${constraint:-$rule}"
}

quoted() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# What the templates' own rules refuse, which not every endpoint asks. Looks at $work/values.
check_rules() {
  local plain domain connection repository zone
  plain=$(value_of AllowPlainHttp)
  domain=$(value_of DomainName)
  connection=$(value_of GitHubConnectionArn)
  repository=$(value_of GitHubRepository)
  [ "$plain" != yes ] || [ -z "$domain" ] ||
    fail "AllowPlainHttp must be no when a DomainName is given ($domain), because a domain always gets a certificate."
  zone=$(value_of TimeZone)
  # The machine refuses an unknown one too, but at an update nobody would hear of that.
  [ -z "$zone" ] || [ ! -e /usr/share/zoneinfo/Europe/Berlin ] || [ -f "/usr/share/zoneinfo/$zone" ] ||
    fail "TimeZone $zone is not in the IANA time zone database: use a name like Europe/Berlin."
  [ "${connection:+given}" = "${repository:+given}" ] ||
    fail 'GitHubConnectionArn and GitHubRepository must be given together, or both be empty.'
}

value_of() { awk -F '\t' -v name="$1" '$1 == name { print substr($0, length(name) + 2) }' "$work/values"; }

# Writes the parameters for a change set to $work/parameters.json. $1: template, $2: the stack's values (may be absent).
write_parameters() {
  local template=$1 previous=$2 separator=''
  local name kind default pattern values shortest longest least most constraint masked value
  : >"$work/values"
  {
    printf '['
    while IFS=$'\037' read -r name kind default pattern values shortest longest least most constraint masked; do
      value=$default
      if [ -s "$previous" ] && grep -q "^$name	" "$previous"; then
        value=$(grep "^$name	" "$previous" | cut -f 2-)
        # An emulator tells the image in place of the name it was looked up by.
        case "$kind:$value" in AWS::SSM::*:/*) ;; AWS::SSM::*) value=$default ;; esac
      fi
      value=$(given_value "$name" || printf '%s' "$value")
      printf '%s\t%s\n' "$name" "$value" >>"$work/values"
      printf '%s{"ParameterKey":%s,' "$separator" "$(quoted "$name")"
      if [ "$masked" = true ] && [ "$value" = '****' ]; then
        printf '"UsePreviousValue":true}'
      else
        check_value "$name" "$value" "$pattern" "$values" "$shortest" "$longest" "$least" "$most" "$constraint"
        printf '"ParameterValue":%s}' "$(quoted "$value")"
      fi
      separator=,
    done < <(declared "$template")
    printf ']\n'
  } >"$work/parameters.json"
  check_rules
}
