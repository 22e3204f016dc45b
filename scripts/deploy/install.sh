#!/usr/bin/env bash
# AfterInstall: does what CodeDeploy brought become a release that can run on this machine? The old one serves meanwhile.
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

release=$(new_release)
[ -e "$ENV_FILE" ] || fail "$ENV_FILE is missing: the instance's user data has not finished."
[ "$(release_of "$CURRENT")" != "$release" ] || fail "release $release is running and can't be installed again."

install -d -m 0755 "$RELEASES"
rm -rf -- "$release"
# Not links: CodeDeploy may write into its own files.
cp -a -- "$INCOMING" "$release"
chown -R root:root -- "$release"
chmod -R u=rwX,go=rX -- "$release"
chmod 0755 -- "$release"/scripts/deploy/*.sh # whatever was lost on the way
touch -- "$release" # releases are pruned by age

# As the service: its user, its settings, its Node.
if ! systemd-run --quiet --wait --pipe --collect --property=User=studentcore --property=EnvironmentFile="$ENV_FILE" \
  --property=WorkingDirectory="$release" --property=RuntimeMaxSec=90 "$NODE" scripts/deploy/check.mjs; then
  build=$(build_of "$release")
  rm -rf -- "$release"
  fail "build $build can't run on this machine: see the line above. Nothing was changed."
fi
say "Installed build $(build_of "$release") as $release."
