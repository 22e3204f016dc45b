# shellcheck shell=bash disable=SC2034,SC2154 # the variables are shared with ../deploy.sh
# How is all of it taken down again? The tables, and the keys that make their trail verifiable, stay unless they are named.

# The six tables, by the names that the template gives them.
tables() { sed -nE "s/^ *TableName: *!Sub *['\"]?\\$\{ApplicationName\}(-[a-z]+)['\"]? *$/$name\1/p" "$main_template"; }
secrets() { printf "/$name/%s\n" session-secret trail-key first-admin-password; }

# Which of the tables exist, one a line.
existing_tables() {
  cloud dynamodb list-tables --output text --query 'TableNames[].[@]' >"$work/tables" || fail "The tables could not be listed: $(reason)"
  tables | grep -xFf "$work/tables" || true
}

# Deletes every version in a bucket, a thousand at a time.
empty_bucket() {
  local bucket=$1 kind found
  for kind in Versions DeleteMarkers; do
    while :; do
      cloud s3api list-object-versions --bucket "$bucket" --max-keys 500 --no-paginate --output json \
        --query "{Objects: ${kind}[].{Key: Key, VersionId: VersionId}, Quiet: \`true\`}" >"$work/objects" || {
        failed_with 'NoSuchBucket' && return 0
        fail "The bucket $bucket could not be listed: $(reason)"
      }
      found=$(grep -c '"VersionId"' "$work/objects" || true)
      [ "$found" -gt 0 ] || break
      cloud s3api delete-objects --bucket "$bucket" --delete "file://$work/objects" >/dev/null ||
        fail "The bucket $bucket could not be emptied: $(reason)"
      progress "deleted $found objects of $bucket"
    done
  done
}

resource_of() {
  ask cloudformation describe-stack-resources --stack-name "$1" \
    --query "StackResources[?ResourceType=='$2'] | [0].PhysicalResourceId" || true
}

unprotect() {
  [ "$(stack_status "$1")" = NONE ] ||
    wanted "Termination protection of $1" cloudformation update-termination-protection --stack-name "$1" --no-enable-termination-protection
}

wait_for_rest() {
  settled=$(stack_status "$1")
  case "$settled" in
    *_IN_PROGRESS)
      [ "$settled" = REVIEW_IN_PROGRESS ] && return
      say "The stack $1 is busy ($settled): waiting until it rests."
      seen=$(last_event "$1")
      follow_stack "$1"
      ;;
  esac
}

# Whether the repository of that name was made by our stack: it has it now, or an interrupted run left it behind.
repository_is_ours() {
  local arn
  [ -z "$(resource_of "$pipeline_stack" AWS::CodeCommit::Repository)" ] || return 0
  arn=$(ask codecommit get-repository --repository-name "$repository" --query repositoryMetadata.Arn) && [ -n "$arn" ] &&
    [ "$(ask codecommit list-tags-for-resource --resource-arn "$arn" --query tags.Application)" = "$name" ]
}

take_down() {
  local bucket ours='' repository_kept=''
  step "Taking down $pipeline_stack"
  wait_for_rest "$pipeline_stack"
  bucket=$(resource_of "$pipeline_stack" AWS::S3::Bucket)
  # An earlier run may have ended between the stack and its bucket, which the stack has named.
  [ -n "$bucket" ] || bucket=$(ask s3api list-buckets --query "Buckets[?starts_with(Name, '$pipeline_stack-artifactbucket-')] | [0].Name") || bucket=''
  [ -z "$bucket" ] || empty_bucket "$bucket"
  if repository_is_ours; then ours=yes; fi
  unprotect "$pipeline_stack"
  delete_stack "$pipeline_stack"
  # Both are kept by the template, against losing them by accident; here they go on purpose.
  if [ -n "$bucket" ]; then
    cloud s3api delete-bucket --bucket "$bucket" || failed_with NoSuchBucket || fail "The bucket $bucket could not be deleted: $(reason)"
  fi
  if [ -n "$ours" ]; then
    cloud codecommit delete-repository --repository-name "$repository" >/dev/null || repository_kept=$(reason)
  fi
  [ -z "$repository_kept" ] || [ -n "$endpoint" ] || fail "The repository $repository could not be deleted: $repository_kept"
  step "Taking down $main_stack"
  wait_for_rest "$main_stack"
  unprotect "$main_stack"
  delete_stack "$main_stack"
}

delete_data() {
  local table secret
  for table in $(existing_tables); do
    cloud dynamodb update-table --table-name "$table" --no-deletion-protection-enabled >/dev/null ||
      fail "The protection of the table $table could not be taken off: $(reason)"
    cloud dynamodb wait table-exists --table-name "$table" || fail "The table $table did not get ready: $(reason)"
    cloud dynamodb delete-table --table-name "$table" >/dev/null || fail "The table $table could not be deleted: $(reason)"
    progress "deleted the table $table"
  done
  # Until they are gone for good their names can't be used again.
  for table in $(existing_tables); do
    cloud dynamodb wait table-not-exists --table-name "$table" || fail "The table $table is not gone yet: $(reason)"
  done
  for secret in $(secrets); do
    if cloud ssm delete-parameter --name "$secret"; then
      progress "deleted the parameter $secret"
    else
      failed_with ParameterNotFound || fail "The parameter $secret could not be deleted: $(reason)"
    fi
  done
}

destroy() {
  local kept
  kept=$(existing_tables | listed)
  say "To be taken down in account $account, region $region: the stacks $pipeline_stack and $main_stack, the repository $repository with its history, all stored builds."
  if [ -n "$with_data" ]; then
    say "AND ALL DATA: the tables ${kept:-(none)}, and the keys under /$name/. DynamoDB keeps what it backed up for 35 days, then nothing is left."
    if [ -z "$delete_everything" ]; then
      agreed "Type the application's name ($name) to delete everything:" "$name" --yes-delete-everything || fail "$refusal"
    fi
  elif [ -z "$yes" ]; then
    agreed 'Take it down? [y/N]' || fail "$refusal"
  fi
  if [ -z "$with_data$kept" ] && [ "$(stack_status "$pipeline_stack")$(stack_status "$main_stack")" = NONENONE ] && ! repository_is_ours; then
    say "There is nothing named $name in account $account, region $region."
    return
  fi
  take_down
  if [ -n "$with_data" ]; then
    step 'Deleting the data'
    delete_data
    say 'Nothing is left.'
  else
    say "What stays: ${kept:-no table}, and the keys under /$name/ in the parameter store. deploy.sh takes them in again; --destroy --with-data deletes them."
  fi
}
