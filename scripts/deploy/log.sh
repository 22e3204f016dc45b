#!/usr/bin/env bash
# Copies the service's journal to a file that the CloudWatch agent can read: no line lost or doubled over restarts, and
# never more than two files of 20 MB.
set -euo pipefail

LOG=/var/log/studentcore/service.log
CURSOR=/var/lib/studentcore-log/cursor
LIMIT=20000000

while :; do
  if [ -e "$LOG" ] && [ "$(stat --format=%s -- "$LOG")" -gt "$LIMIT" ]; then mv -f -- "$LOG" "$LOG.1"; fi
  journalctl --quiet --unit=studentcore.service --output=cat --no-pager --cursor-file="$CURSOR" >>"$LOG"
  sleep 5
done
