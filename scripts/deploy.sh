#!/usr/bin/env bash
# From nothing to a URL: makes or updates both stacks, pushes this commit, follows it until it serves. See --help.
set -euo pipefail
scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd -- "$scripts/.."

usage() {
  cat <<'END'
Usage: ./scripts/deploy.sh [options]

Makes StudentCore on AWS, or brings it up to date, from the commit that is checked out here. Run it again at any time:
it goes on where it stopped, and changes nothing when there is nothing to change.

  --region REGION             where (default: AWS_REGION, then your AWS configuration)
  --profile PROFILE           whose credentials (default: AWS_PROFILE)
  --name NAME                 the application's name, which begins every name in the cloud (default: studentcore)
  --domain NAME               serve https://NAME; without it, https on the address
  --email ADDRESS             told by the certificate authority
  --alarm-email ADDRESS       told by the alarms and the budget
  --plain-http                no TLS at all, for tests in a closed network
  --college NAME              shown on the pages
  --time-zone ZONE            like Europe/Berlin
  --branch NAME               the branch that is deployed (default: main)
  --github-repository OWNER/NAME --github-connection ARN   take the code from GitHub instead of CodeCommit
  --parameter Name=Value      any other parameter of cloudformation/*.yaml; may be repeated
  --new-image                 replace the instance by one with the newest Amazon Linux
  --yes                       ask nothing

  --destroy                   take everything down but the data
  --destroy --with-data       the data too: asks for the application's name
  --yes-delete-everything     with both: do not ask

  --endpoint-url URL          use an emulator (also AWS_ENDPOINT_URL); what it lacks is said and left out
  --help                      this text
END
}

main_template=cloudformation/cloudformation.yaml
pipeline_template=cloudformation/pipeline.yaml
name=studentcore region='' endpoint=${AWS_ENDPOINT_URL:-} yes='' new_image='' destroying='' with_data='' delete_everything=''
domain_given='' plain='' account='' commit='' change='' shipped=''

# shellcheck source=scripts/cloud/common.sh
. "$scripts/cloud/common.sh"
trap 'rm -rf "$work"' EXIT
trap 'printf "\ndeploy.sh: interrupted; run it again to go on from here.\n" >&2; exit 130' INT TERM
# shellcheck source=scripts/cloud/checks.sh
. "$scripts/cloud/checks.sh"
# shellcheck source=scripts/cloud/parameters.sh
. "$scripts/cloud/parameters.sh"
# shellcheck source=scripts/cloud/stacks.sh
. "$scripts/cloud/stacks.sh"
# shellcheck source=scripts/cloud/ship.sh
. "$scripts/cloud/ship.sh"
# shellcheck source=scripts/cloud/destroy.sh
. "$scripts/cloud/destroy.sh"

read_options() {
  local option value
  while [ $# -gt 0 ]; do
    option=$1
    shift
    case "$option" in
      --help | -h) usage && exit 0 ;;
      --yes) yes=yes && continue ;;
      --new-image) new_image=yes && continue ;;
      --plain-http) plain=yes && give AllowPlainHttp yes && continue ;;
      --destroy) destroying=yes && continue ;;
      --with-data) with_data=yes && continue ;;
      --yes-delete-everything) delete_everything=yes && continue ;;
      --*=*)
        value=${option#*=}
        option=${option%%=*}
        ;;
      --*)
        [ $# -gt 0 ] || fail "The option $option is unknown or lacks its value: see --help."
        value=$1
        shift
        ;;
      *) fail "'$option' is not understood: see --help." ;;
    esac
    [[ $value != *$'\n'* && $value != *$'\t'* ]] || fail "The value of $option must be one line without tabs."
    case "$option" in
      --region) region=$value ;;
      --profile) export AWS_PROFILE=$value ;;
      --name) name=$value ;;
      --domain)
        give DomainName "$value"
        domain_given=yes
        ;;
      --email) give CertificateEmail "$value" ;;
      --alarm-email) give AlarmEmail "$value" ;;
      --college) give CollegeName "$value" ;;
      --time-zone) give TimeZone "$value" ;;
      --branch) give BranchName "$value" ;;
      --github-repository) give GitHubRepository "$value" ;;
      --github-connection) give GitHubConnectionArn "$value" ;;
      --endpoint-url) endpoint=$value ;;
      --parameter)
        [[ $value == [A-Za-z]*=* ]] || fail "--parameter takes Name=Value, not '$value'."
        case "${value%%=*}" in ApplicationName) name=${value#*=} ;; *) give "${value%%=*}" "${value#*=}" ;; esac
        ;;
      *) fail "The option $option is unknown: see --help." ;;
    esac
  done
  give ApplicationName "$name"
  # What is served under a name from now on gets a certificate, also when it was served without before.
  [ -z "$domain_given" ] || [ -n "$plain" ] || give AllowPlainHttp no
  [ -z "$with_data$delete_everything" ] || [ -n "$destroying" ] || fail '--with-data and --yes-delete-everything go with --destroy only.'
}

# The image that runs, so that an update never replaces the instance; the newest one for a new instance. Offered to
# write_parameters as FixedImage unless one was given.
choose_image() {
  local image='' instance path
  given_value FixedImage >/dev/null && return
  has_parameter "$main_template" FixedImage || return 0
  if [ "$change" = UPDATE ] && [ -z "$new_image" ]; then
    read_outputs "$main_stack"
    instance=$(output_of InstanceId)
    [ -z "$instance" ] ||
      image=$(ask ec2 describe-instances --instance-ids "$instance" --query 'Reservations[0].Instances[0].ImageId') || image=''
  fi
  if [ -z "$image" ]; then
    path=$(given_value LatestImage || default_of "$main_template" LatestImage)
    image=$(ask ssm get-parameter --name "$path" --query Parameter.Value) || fail "The newest image could not be found: $(reason)"
  fi
  give FixedImage "$image"
}

nothing_more() { :; }
tables_are_kept() {
  local kept
  kept=$(existing_tables | listed)
  [ -n "$kept" ] || return 1
  say "Tables from before are taken in again: $kept"
}
repository_is_kept() {
  [ -z "$github" ] && cloud codecommit get-repository --repository-name "$repository" >/dev/null &&
    say "The repository $repository from before is taken in again."
}

deploy() {
  step "Checking the templates"
  check_template "$main_template"
  check_template "$pipeline_template"
  step "The stack $main_stack: network, tables, instance"
  ensure_stack "$main_stack" "$main_template" choose_image tables_are_kept
  wanted "The stack policy of $main_stack" cloudformation set-stack-policy --stack-name "$main_stack" --stack-policy-body file://cloudformation/stack-policy.json
  wanted "Termination protection of $main_stack" cloudformation update-termination-protection --stack-name "$main_stack" --enable-termination-protection
  step "The stack $pipeline_stack: repository, build, deployment"
  ensure_stack "$pipeline_stack" "$pipeline_template" nothing_more repository_is_kept
  wanted "Termination protection of $pipeline_stack" cloudformation update-termination-protection --stack-name "$pipeline_stack" --enable-termination-protection
  step "The commit ${commit:0:12}"
  local pushed=yes
  read_source
  if [ -z "$github" ]; then push_code || pushed=''; fi
  if [ -n "$pushed" ]; then
    read_outputs "$pipeline_stack"
    pipeline=$(output_of PipelineName)
    find_execution
    if [ -n "$shipped" ] && ! machine_has_it; then
      say 'The machine is new and has no release yet: the pipeline is begun again.'
      begin_execution
      shipped=''
    fi
    if [ -n "$shipped" ]; then say 'It is deployed already.'; else follow_pipeline; fi
  fi
  read_outputs "$main_stack"
  [ -z "$pushed" ] || check_url "$(output_of Url)" "$(output_of PublicAddress)"
  report
}

# Where the code comes from: what is given, else what the stack was told earlier.
read_source() {
  change=UPDATE
  write_previous "$pipeline_stack"
  repository=$(setting RepositoryName "$name")
  branch=$(setting BranchName main)
  github=$(setting GitHubRepository '')
}

setting() {
  local value
  value=$(given_value "$1" || awk -F '\t' -v name="$1" '$1 == name && $2 != "" && $2 != "None" { print $2 }' "$work/previous")
  printf '%s' "${value:-$2}"
}

report() {
  local warning
  warning=$(output_of PlainHttpWarning)
  step 'Done'
  say "StudentCore:         $(output_of Url)"
  say "First administrator: admin; the password is shown by"
  say "                     $(output_of FirstAdminPassword)"
  [ -z "$warning" ] || say "Warning:             $warning"
}

read_options "$@"
check_tools
main_stack=$name
pipeline_stack=$name-pipeline
github=$(given_value GitHubRepository || true)
repository=$(given_value RepositoryName || true)
repository=${repository:-$name}
choose_region
[ -n "$destroying" ] || check_commit
check_names "$main_template" "$pipeline_template"
# Everything that was given is checked before anything is made.
write_parameters "$main_template" /dev/null
write_parameters "$pipeline_template" /dev/null
check_credentials
say "Account $account, region $region${endpoint:+, at $endpoint}."
if [ -n "$destroying" ]; then
  [ "$(stack_status "$pipeline_stack")" = NONE ] || read_source
  destroy
else
  deploy
fi
