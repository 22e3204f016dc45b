#!/usr/bin/env bash
# ApplicationStop: nothing is stopped, the old release serves until the new one takes over. It always succeeds: what runs
# here is the script of the release before, and a fault in it would stick.
echo 'The release that runs goes on serving.'
exit 0
