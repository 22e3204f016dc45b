# shellcheck shell=bash disable=SC2034,SC2154 # the variables are shared with ../deploy.sh
# How does the commit get from here to the instance? Pushed to the pipeline's branch, then followed to the end.

begin_limit=$((3 * minutes))
ship_limit=$((45 * minutes))
# The certificate is tried for every 15 minutes.
answer_limit=$((20 * minutes))

# Pushes HEAD; the sign-in is lent to this one call and stored nowhere. Fails when there is nothing to push to.
push_code() {
  local url
  url=$(ask codecommit get-repository --repository-name "$repository" --query repositoryMetadata.cloneUrlHttp) || {
    [ -n "$endpoint" ] || fail "The repository $repository could not be found: $(reason)"
    url=''
  }
  if [ -n "$endpoint" ] && [[ $url != file://* ]]; then
    say 'This endpoint offers no repository to push to: push, pipeline and deployment are left out.'
    return 1
  fi
  say "Pushing ${commit:0:12} to $repository, branch $branch …"
  if ! GIT_TERMINAL_PROMPT=0 AWS_REGION=$region git -c credential.helper= -c 'credential.helper=!aws codecommit credential-helper $@' \
    -c credential.UseHttpPath=true push --quiet "$url" "$commit:refs/heads/$branch" >"$work/push" 2>&1; then
    if grep -q 'shallow update not allowed' "$work/push"; then
      fail "This clone has only part of the history: run 'git fetch --unshallow' and try again."
    elif grep -qE 'non-fast-forward|fetch first' "$work/push"; then
      fail "The branch $branch of $repository has commits that are not here: take them in first (git pull $url $branch)."
    elif grep -qE '40[13]|Authentication failed|could not read Username' "$work/push"; then
      fail "CodeCommit refused the push: these credentials need codecommit:GitPush on $repository."
    fi
    fail "The push failed: $(grep -vE '^(hint|remote):' "$work/push" | tail -n 1)"
  fi
}

execution_of() {
  ask codepipeline list-pipeline-executions --pipeline-name "$pipeline" --no-paginate \
    --query "pipelineExecutionSummaries[?sourceRevisions[?revisionId=='$commit']] | [0].[pipelineExecutionId,status]"
}

# The execution that ships this commit, begun by the push or, when none comes, by hand. Sets $execution and $shipped.
find_execution() {
  local start=$SECONDS known status limit=$begin_limit asked=''
  # With a source that is pushed to elsewhere nothing else can begin it.
  [ -z "$github" ] || limit=$((1 * minutes))
  while :; do
    known=$(execution_of) || fail "The pipeline $pipeline could not be asked: $(reason)"
    IFS=$'\t' read -r execution status <<<"$known"
    case "$status" in
      Succeeded)
        [ -n "$asked" ] || shipped=yes
        return
        ;;
      InProgress | Stopping) return ;;
      Failed | Stopped | Cancelled | Superseded)
        say "The last execution for this commit is $status: another one is begun."
        break
        ;;
    esac
    [ $((SECONDS - start)) -lt "$limit" ] || break
    asked=yes
    sleep "${endpoint:+0.}5"
  done
  [ -z "$github" ] || [ -n "$execution" ] ||
    fail "The pipeline has not seen ${commit:0:12}: push it to $github, branch $branch, and run this again."
  [ -n "$execution" ] || say 'The push did not begin the pipeline: it is begun by hand. Does the rule in EventBridge fit the branch?'
  begin_execution
}

# Whether the machine of today got the release; a new one comes without any.
machine_has_it() {
  local deployment instance
  instance=$(ask cloudformation describe-stack-resource --stack-name "$main_stack" --logical-resource-id Instance --query StackResourceDetail.PhysicalResourceId) || return 0
  deployment=$(actions | awk -F '\t' '$4 ~ /^d-/ { print $4 }')
  [ -n "$deployment" ] || return 0
  ask deploy list-deployment-targets --deployment-id "$deployment" --query 'targetIds[].[@]' >"$work/targets" || return 0
  grep -qF -- "$instance" "$work/targets"
}

begin_execution() {
  execution=$(ask codepipeline start-pipeline-execution --name "$pipeline" --query pipelineExecutionId) ||
    fail "The pipeline $pipeline could not be begun: $(reason)"
}

actions() {
  cloud codepipeline list-action-executions --pipeline-name "$pipeline" --no-paginate --output text \
    --filter "pipelineExecutionId=$execution" \
    --query 'reverse(actionExecutionDetails)[].[stageName,actionName,status,output.executionResult.externalExecutionId]' ||
    fail "The pipeline $pipeline could not be followed: $(reason)"
}

# Prints each line of $1 that was not printed yet.
tell_once() {
  grep -qxF -- "$1" "$work/told" && return
  printf '%s\n' "$1" >>"$work/told"
  progress "$1"
}

# The lifecycle events of a deployment, as they happen.
tell_deployment() {
  local target event status script message tail
  target=$(ask deploy list-deployment-targets --deployment-id "$1" --query 'targetIds[0]') || return 0
  [ -n "$target" ] || return 0
  cloud deploy batch-get-deployment-targets --deployment-id "$1" --target-ids "$target" --output text \
    --query 'deploymentTargets[0].instanceTarget.lifecycleEvents[].[lifecycleEventName,status,diagnostics.scriptName,diagnostics.message,diagnostics.logTail]' >"$work/lifecycle" || return 0
  while IFS=$'\t' read -r event status script message tail; do
    case "$status" in
      Succeeded | InProgress | Failed) tell_once "  $event $status" ;;
    esac
    [ "$status" != Failed ] || printf '%s failed in %s: %s' "$event" "$script" "$(printf '%s %s' "$message" "$tail" | tr '\n\t' '  ')" >"$work/cause"
  done < <(grep -E '^[A-Za-z]+'$'\t' "$work/lifecycle")
}

tell_build() {
  local why
  why=$(ask codebuild batch-get-builds --ids "$1" --query "builds[0].phases[?phaseStatus=='FAILED'] | [0].contexts[0].message") || return 0
  printf 'the build: %s' "$why" >"$work/cause"
}

# Follows the execution, action by action, and the deployment within, event by event.
follow_pipeline() {
  local start=$SECONDS status stage action state identity deployment=''
  : >"$work/told"
  : >"$work/cause"
  while :; do
    status=$(ask codepipeline list-pipeline-executions --pipeline-name "$pipeline" --no-paginate \
      --query "pipelineExecutionSummaries[?pipelineExecutionId=='$execution'] | [0].status") ||
      fail "The pipeline $pipeline could not be followed: $(reason)"
    actions >"$work/actions"
    while IFS=$'\t' read -r stage action state identity; do
      tell_once "$stage: $action $state"
      case "$stage:$state" in Build:Failed) tell_build "$identity" ;; esac
      if [[ $identity == d-* ]]; then
        deployment=$identity
        tell_deployment "$deployment"
      fi
    done <"$work/actions"
    case "$status" in
      Succeeded) return ;;
      InProgress | Stopping | '') ;;
      Superseded) fail "A later push overtook ${commit:0:12}: run this again from that commit to follow it." ;;
      *) not_shipped "$status" "$deployment" ;;
    esac
    pause $((SECONDS - start)) "$ship_limit" "The pipeline $pipeline is still at work."
  done
}

# Says why, waits until the version before serves again, and fails.
not_shipped() {
  local back status start=$SECONDS after='what ran before was not touched'
  if [ -n "$2" ]; then
    # CodeDeploy begins the way back a moment after the failure.
    for _ in 1 2 3 4 5 6; do
      back=$(ask deploy get-deployment --deployment-id "$2" --query deploymentInfo.rollbackInfo.rollbackDeploymentId) || back=''
      [ -z "$back" ] || break
      sleep "${endpoint:+0.}5"
    done
    after='there was no earlier version to go back to'
    while [ -n "$back" ]; do
      status=$(ask deploy get-deployment --deployment-id "$back" --query deploymentInfo.status) || status=Unknown
      after="going back to the version before (deployment $back): $status"
      case "$status" in
        Succeeded)
          after="the version before serves again (deployment $back)"
          break
          ;;
        Failed | Stopped | Unknown) break ;;
      esac
      tell_once "going back: $back $status"
      pause $((SECONDS - start)) $((15 * minutes)) 'The way back is not done.'
    done
  fi
  fail "${commit:0:12} was not deployed ($1): $(cat "$work/cause"); $after."
}

# Asks the service itself, through TLS: does it serve this build?
check_url() {
  local url=$1 address=$2 start=$SECONDS code served body version
  say "Asking $url/healthz …"
  while :; do
    code=0
    served=$(curl --silent --show-error --max-time 10 --output "$work/health" --write-out '%{remote_ip}' "$url/healthz" 2>"$work/error") || code=$?
    body=$(cat "$work/health" 2>/dev/null || true)
    if [ "$code" = 0 ] && [[ $body == *"+$commit"* ]]; then
      say "It answers with this build."
      return
    fi
    if [ -n "$endpoint" ] && [ "$code" != 0 ]; then
      say "Nothing answers at $url, which is an emulated address: the check is left out."
      return
    fi
    if [ "$code" = 6 ] || { [ -n "$address" ] && [ -n "$served" ] && [ "$served" != "$address" ]; }; then
      say "The name in $url does not lead to $address yet (it leads to ${served:-nothing}): set an A record with that address; the certificate is fetched within minutes after that. Then run this again."
      return
    fi
    [ $((SECONDS - start)) -lt "$answer_limit" ] || break
    sleep "${endpoint:+0.}5"
  done
  version=$(sed -nE 's/.*"version":"([^"]*)".*/\1/p' <<<"$body")
  fail "$url/healthz does not answer with this build ($(tr '\n' ' ' <"$work/error")${version:+it says $version}): see docs/operations.md, reading logs."
}
