# shellcheck shell=bash disable=SC2034,SC2154 # the variables are shared with ../deploy.sh
# Is there everything that a deployment needs? Each missing thing is one sentence.

# The region that is always there answers for the others, one for each partition of AWS.
home_region() {
  case "$1" in
    cn-*) echo cn-north-1 ;;
    us-gov-*) echo us-gov-west-1 ;;
    *) echo us-east-1 ;;
  esac
}

check_tools() {
  command -v aws >/dev/null 2>&1 ||
    fail 'The AWS command line (aws) is missing: install it from https://aws.amazon.com/cli and try again.'
  command -v git >/dev/null 2>&1 || fail 'git is missing: install it and try again.'
}

# Says what is shipped: always a commit, never a file that only lies here.
check_commit() {
  commit=$(git rev-parse --verify --quiet HEAD 2>/dev/null) ||
    fail 'This folder is not a git repository with a commit: the pipeline ships commits only.'
  [ -z "$(git status --porcelain 2>/dev/null)" ] ||
    say "There are uncommitted changes here: they stay here, only the commit ${commit:0:12} is shipped."
}

choose_region() {
  region=${region:-${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region 2>/dev/null || true)}}}
  [ -n "$region" ] || fail 'No region is chosen: give one as --region us-east-1, or set AWS_REGION.'
  [[ $region =~ ^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$ ]] || fail "'$region' is no region: they are named like us-east-1."
}

check_credentials() {
  local chosen=$region
  region=$(home_region "$chosen")
  if ! account=$(ask sts get-caller-identity --query Account); then
    if failed_with 'Unable to locate credentials|NoCredentials|Partial credentials'; then
      fail "There are no AWS credentials: run 'aws configure', or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    elif failed_with 'ExpiredToken|has expired|RequestExpired'; then
      fail 'The AWS credentials have expired: sign in again and run this once more.'
    elif failed_with 'InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|AuthFailure|AccessDenied'; then
      fail "AWS does not accept these credentials: $(reason)"
    elif failed_with 'Could not connect|Connect timeout|EndpointConnectionError'; then
      fail "${endpoint:-AWS} can't be reached from here: $(reason)"
    fi
    fail "AWS did not say who is asking: $(reason)"
  fi
  check_region "$chosen"
  region=$chosen
}

# Called while `region` is the home region. Who may not list regions finds out by the first call in the chosen one.
check_region() {
  local found
  if ! found=$(ask ec2 describe-regions --all-regions --query "Regions[?RegionName=='$1'] | [0].[RegionName,OptInStatus]"); then
    failed_with 'UnauthorizedOperation|AccessDenied' || fail "The regions could not be listed: $(reason)"
    return 0
  fi
  [ -n "$found" ] || fail "There is no region $1: see https://docs.aws.amazon.com/global-infrastructure for their names."
  [[ $found != *not-opted-in ]] || fail "The region $1 is switched off in this account: switch it on, or choose another."
}

check_template() {
  local size
  size=$(wc -c <"$1")
  # CloudFormation takes a longer one from a bucket only.
  [ "$size" -le 51200 ] || fail "The template $1 has $size bytes: CloudFormation takes at most 51200."
  if ! cloud cloudformation validate-template --template-body "file://$1" >/dev/null; then
    [ -n "$endpoint" ] || fail "The template $1 is not valid: $(reason)"
    say "This endpoint does not offer it: validate-template is left out."
  fi
}
