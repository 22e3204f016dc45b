# shellcheck shell=bash disable=SC2034,SC2154 # the variables are shared with ../deploy.sh
# How does a stack come to be what its template says? By a change set that is shown before it runs, from any state that an
# earlier run may have left behind.

minutes=60
review_limit=$((10 * minutes))
stack_limit=$((45 * minutes))

# NONE when there is no such stack.
stack_status() {
  local status
  if status=$(ask cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus'); then
    printf '%s' "$status"
  elif failed_with 'does not exist'; then
    printf NONE
  else
    fail "The stack $1 could not be looked at: $(reason)"
  fi
}

# Reads the outputs of a stack, for output_of.
read_outputs() {
  cloud cloudformation describe-stacks --stack-name "$1" --output text \
    --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]' >"$work/outputs" || : >"$work/outputs"
}

output_of() { awk -F '\t' -v key="$1" '$1 == key { print substr($0, length(key) + 2) }' "$work/outputs"; }

events_of() {
  cloud cloudformation describe-stack-events --stack-name "$1" --no-paginate --output text \
    --query 'StackEvents[].[EventId,LogicalResourceId,ResourceType,ResourceStatus,ResourceStatusReason]' || true
}

last_event() { events_of "$1" | head -n 1 | cut -f 1; }

# Prints the events after $seen, oldest first, remembers the newest, and keeps the first failure in $work/failed.
tell_events() {
  local stack=$1 event name kind status why
  events_of "$stack" | awk -F '\t' -v seen="$seen" '$1 == seen { exit } NF > 3 { line[++n] = $0 } END { while (n) print line[n--] }' >"$work/events"
  while IFS=$'\t' read -r event name kind status why; do
    seen=$event
    quiet_since=$SECONDS
    case "$status" in
      *FAILED | *ROLLBACK_IN_PROGRESS)
        progress "$status  $name ($kind): $why"
        [[ $why == *[cC]ancelled* ]] || [ -s "$work/failed" ] || printf '%s (%s): %s' "$name" "$kind" "$why" >"$work/failed"
        ;;
      # Only what is done gets a line; what is being made is named when it takes long.
      *_IN_PROGRESS) [ "$kind" = AWS::CloudFormation::Stack ] && progress "$status  $name" || latest=$name ;;
      *) progress "$status  $name ($kind)" ;;
    esac
  done <"$work/events"
}

# Follows a stack until it rests. $1: its id or name (a deleted stack is known by its id only). Sets $settled.
follow_stack() {
  local start=$SECONDS
  quiet_since=$SECONDS latest=''
  : >"$work/failed"
  while :; do
    settled=$(stack_status "$1")
    [ "$settled" = NONE ] || tell_events "$1"
    case "$settled" in *_IN_PROGRESS) ;; *) return ;; esac
    if [ $((SECONDS - quiet_since)) -ge 60 ]; then
      progress "still $settled${latest:+, last begun: $latest}"
      quiet_since=$SECONDS
    fi
    pause $((SECONDS - start)) "$stack_limit" "The stack $1 is still $settled."
  done
}

stack_id() { ask cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackId' || true; }

# Deletes a stack and waits until it is gone.
delete_stack() {
  local id
  id=$(stack_id "$1")
  [ -n "$id" ] || return 0
  seen=$(last_event "$id")
  if ! cloud cloudformation delete-stack --stack-name "$id" >/dev/null; then
    cp "$work/error" "$work/why"
    [ -n "$endpoint" ] && [ "$(stack_status "$1")" = NONE ] || fail "The stack $1 could not be deleted: $(reason "$work/why")"
    say "The stack $1 is gone, but this endpoint did not take all of it apart: $(reason "$work/why")"
    return
  fi
  follow_stack "$id"
  case "$settled" in
    NONE | DELETE_COMPLETE) ;;
    *) fail "The stack $1 could not be deleted ($settled): $(cat "$work/failed")" ;;
  esac
}

# What a change set has to do: CREATE or UPDATE. Waits for what runs, clears what an earlier run left half made.
settle() {
  local stack=$1
  while :; do
    settled=$(stack_status "$stack")
    case "$settled" in
      NONE | DELETE_COMPLETE)
        change=CREATE
        return
        ;;
      REVIEW_IN_PROGRESS)
        say "The stack $stack was begun and never made: it is begun again."
        delete_stack "$stack"
        ;;
      ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED)
        say "The stack $stack is half made ($settled): it is taken away and made again."
        delete_stack "$stack"
        ;;
      *_IN_PROGRESS)
        say "The stack $stack is busy ($settled): waiting until it rests."
        seen=$(last_event "$stack")
        follow_stack "$stack"
        ;;
      UPDATE_ROLLBACK_FAILED | UPDATE_FAILED)
        fail "The stack $stack could not go back after a failed update ($settled): remove the cause, run 'aws cloudformation continue-update-rollback --stack-name $stack --region $region', then this again."
        ;;
      *)
        change=UPDATE
        return
        ;;
    esac
  done
}

# The stack's present values, as name and value; what a change set is not told would fall back to the default.
write_previous() {
  : >"$work/previous"
  [ "$change" = UPDATE ] || return 0
  cloud cloudformation describe-stacks --stack-name "$1" --output text \
    --query 'Stacks[0].Parameters[].[ParameterKey,ParameterValue]' >"$work/previous" ||
    fail "The parameters of the stack $1 could not be read: $(reason)"
}

show_changes() {
  local stack=$1
  cloud cloudformation describe-change-set --stack-name "$stack_of_changes" --change-set-name "$change_set" --output text \
    --query 'Changes[].ResourceChange.[Action,LogicalResourceId,ResourceType,Replacement]' >"$work/changes" ||
    fail "The change set of $stack could not be read: $(reason)"
  say "Changes to the stack $stack:"
  awk -F '\t' '
    BEGIN { print "  action\tresource\ttype\treplaced" }
    NF > 2 { print "  " tolower($1) "\t" $2 "\t" $3 "\t" ($4 == "True" ? "YES" : $4 == "Conditional" ? "perhaps" : $1 == "Modify" ? "no" : "-"); n++ }
    END { if (!n) print "  none\t(outputs and parameters only)\t-\t-" }' "$work/changes" | columns
}

# Sets tab-parted columns below each other.
columns() {
  awk -F '\t' '{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } fields = NF }
    END { for (row = 1; row <= NR; row++) { line = ""; for (i = 1; i <= fields; i++) line = line sprintf("%-" (width[i] + 2) "s", cell[row, i]); sub(/ +$/, "", line); print line } }'
}

# Makes the change set and waits until it can be read. Fails with status 2 when there is nothing to change.
prepare_changes() {
  local stack=$1 template=$2 import=$3 status start=$SECONDS
  change_set="deploy-$(date +%Y%m%d%H%M%S)-$$"
  stack_of_changes=$(ask cloudformation create-change-set --stack-name "$stack" --change-set-name "$change_set" \
    --change-set-type "$change" --template-body "file://$template" --parameters "file://$work/parameters.json" \
    --capabilities CAPABILITY_NAMED_IAM ${import:+--import-existing-resources} --query StackId) || {
    failed_with 'No updates are to be performed' && return 2
    failed_with 'Unknown options.*import-existing' &&
      fail 'Tables from before are to be taken in again, and this AWS command line is too old for that: install a current version 2.'
    fail "The change set of $stack could not be made: $(reason)"
  }
  while :; do
    status=$(ask cloudformation describe-change-set --stack-name "$stack_of_changes" --change-set-name "$change_set" --query Status) ||
      fail "The change set of $stack could not be read: $(reason)"
    case "$status" in *PENDING | *IN_PROGRESS) pause $((SECONDS - start)) "$review_limit" "The change set of $stack is not ready." ;; *) break ;; esac
  done
  [ "$status" = FAILED ] || return 0
  ask cloudformation describe-change-set --stack-name "$stack_of_changes" --change-set-name "$change_set" --query StatusReason >"$work/why" || true
  drop_changes "$stack"
  grep -qE "didn't contain changes|No updates are to be performed" "$work/why" && return 2
  fail "The change set of $stack was refused: $(cat "$work/why")"
}

# Leaves nothing behind of a change set that is not run; a stack that only existed for it takes a moment to go.
drop_changes() {
  local start=$SECONDS
  cloud cloudformation delete-change-set --stack-name "$stack_of_changes" --change-set-name "$change_set" >/dev/null || true
  if [ "$change" = UPDATE ] || ! cloud cloudformation delete-stack --stack-name "$stack_of_changes" >/dev/null; then return 0; fi
  while [ "$(stack_status "$stack_of_changes")" = DELETE_IN_PROGRESS ]; do
    pause $((SECONDS - start)) $((2 * minutes)) "The stack $1, begun for changes that are not made, is not gone."
  done
}

# Whether stacks made by a change set have outputs and exports: always at AWS; some emulators keep them for create-stack only.
keeps_outputs() {
  local probe="$name-probe"
  if [ -n "$endpoint" ] && [ -z "${outputs_kept:-}" ]; then
    outputs_kept=no
    printf '{"Resources":{"Probe":{"Type":"AWS::CloudFormation::WaitConditionHandle"}},"Outputs":{"Probe":{"Value":"kept"}}}' >"$work/probe"
    if cloud cloudformation create-change-set --stack-name "$probe" --change-set-name "probe-$$" --change-set-type CREATE \
      --template-body "file://$work/probe" >/dev/null &&
      cloud cloudformation execute-change-set --stack-name "$probe" --change-set-name "probe-$$" >/dev/null; then
      sleep 1
      read_outputs "$probe"
      [ "$(output_of Probe)" != kept ] || outputs_kept=yes
    fi
    cloud cloudformation delete-stack --stack-name "$probe" >/dev/null || true
  fi
  [ -z "$endpoint" ] || [ "$outputs_kept" = yes ]
}

run_changes() {
  local stack=$1 template=$2 start=$SECONDS
  seen=$(last_event "$stack_of_changes")
  if [ "$change" = CREATE ] && ! keeps_outputs; then
    say 'This endpoint keeps no outputs of stacks made by a change set: the stack is made directly.'
    drop_changes "$stack"
    stack_of_changes=$(ask cloudformation create-stack --stack-name "$stack" --template-body "file://$template" \
      --parameters "file://$work/parameters.json" --capabilities CAPABILITY_NAMED_IAM --query StackId) ||
      fail "The stack $stack could not be made: $(reason)"
  else
    cloud cloudformation execute-change-set --stack-name "$stack_of_changes" --change-set-name "$change_set" >/dev/null ||
      fail "The changes to $stack could not be begun: $(reason)"
  fi
  # An update shows a moment after the call was accepted; until then the stack seems to rest.
  while [ "$(last_event "$stack_of_changes")" = "$seen" ]; do
    pause $((SECONDS - start)) $((2 * minutes)) "The changes to $stack do not begin."
  done
  follow_stack "$stack_of_changes"
  case "$settled" in
    CREATE_COMPLETE | UPDATE_COMPLETE | IMPORT_COMPLETE) say "The stack $stack is $settled." ;;
    *) fail "The stack $stack is $settled. First cause: $(cat "$work/failed" || true). Run this again once it is removed." ;;
  esac
}

# Brings a stack to its template. $1: stack, $2: template, $3: what writes more parameters, $4: what says whether to import.
ensure_stack() {
  local stack=$1 template=$2 more=$3 kept=$4 import='' code=0
  settle "$stack"
  write_previous "$stack"
  "$more"
  write_parameters "$template" "$work/previous"
  if [ "$change" = CREATE ] && "$kept"; then import=yes; fi
  prepare_changes "$stack" "$template" "$import" || code=$?
  if [ "$code" = 2 ]; then
    say "The stack $stack: nothing to change."
    return
  fi
  show_changes "$stack"
  if [ -z "$yes" ] && ! agreed "Make these changes in account $account, region $region? [y/N]"; then
    drop_changes "$stack"
    fail "$refusal"
  fi
  run_changes "$stack" "$template"
}
