#!/usr/bin/env bash
# What does nginx serve on ports 80 and 443? Makes its configuration out of /etc/studentcore/machine.env and reloads it
# when it has changed. Run by the hooks, by the certificate script, and by the user data after a changed parameter.
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"
. "$here/machine.sh"

mode=$(front_mode)
if [ "$mode" = none ] || ! command -v nginx >/dev/null; then
  say 'No front: nginx is not installed, or /etc/studentcore/machine.env does not say TLS_MODE.'
  exit 0
fi
[[ "$SERVER_NAME" =~ ^[A-Za-z0-9.-]+$ ]] || fail "SERVER_NAME in $MACHINE_FILE is not a name or an address."

install -d -m 0755 /var/lib/studentcore/acme
made=$(mktemp -d)
trap 'rm -rf -- "$made"' EXIT
cp -- "$here/front/nginx.conf" "$made/nginx.conf"
sed "s/@SERVER_NAME@/$SERVER_NAME/g" "$here/front/$mode.conf" >"$made/studentcore-servers.conf"

changed=''
for file in nginx.conf studentcore-servers.conf; do
  cmp -s -- "$made/$file" "/etc/nginx/$file" || changed=yes
done
if [ -n "$changed" ]; then
  mkdir "$made/before"
  cp -- /etc/nginx/nginx.conf "$made/before/"
  cp -- /etc/nginx/studentcore-servers.conf "$made/before/" 2>/dev/null || true
  install -m 0644 -- "$made/nginx.conf" "$made/studentcore-servers.conf" /etc/nginx/
  if ! nginx -q -t; then
    cp -- "$made/before/"* /etc/nginx/
    fail 'nginx refuses this release'"'"'s configuration: see above. The one before stays.'
  fi
fi

systemctl --quiet enable nginx.service
if ! systemctl --quiet is-active nginx.service; then
  systemctl start nginx.service
elif [ -n "$changed" ] || [ "${1:-}" = reload ]; then
  systemctl reload nginx.service
fi

if [ "$mode" = waiting ]; then systemctl start --no-block studentcore-certificate.service; fi
say "The front is $mode for $SERVER_NAME."
