#!/usr/bin/env bash
# Does this machine have the certificate it needs? Obtains and renews it; asks for nothing that can't succeed yet, since
# the certificate authority counts failed tries.
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"
. "$here/machine.sh"

METADATA=http://169.254.169.254/latest

fingerprint() { sha256sum -- "$CERTIFICATE" 2>/dev/null || true; }

own_address() {
  local token
  token=$(curl --silent --fail --max-time 5 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$METADATA/api/token") || return 0
  curl --silent --fail --max-time 5 --header "X-aws-ec2-metadata-token: $token" \
    "$METADATA/meta-data/public-ipv4" || true
}

wanted=(--cert-name studentcore)
case "$TLS_MODE" in
  plain) say 'Plain http was chosen: no certificate is needed.' && exit 0 ;;
  domain) wanted+=(--domain "$SERVER_NAME") ;;
  address) wanted+=(--ip-address "$SERVER_NAME" --preferred-profile shortlived) ;;
  *) fail "TLS_MODE in $MACHINE_FILE must be domain, address or plain." ;;
esac

[ "$(own_address)" = "$PUBLIC_ADDRESS" ] ||
  fail "the public address $PUBLIC_ADDRESS does not belong to this machine yet: no certificate was asked for."
if [ "$TLS_MODE" = domain ] && ! getent ahostsv4 "$SERVER_NAME" | grep -q "^$PUBLIC_ADDRESS "; then
  fail "$SERVER_NAME does not lead to $PUBLIC_ADDRESS yet: set its DNS A record; no certificate was asked for."
fi

if [ -n "$CERTIFICATE_EMAIL" ]; then wanted+=(--email "$CERTIFICATE_EMAIL"); else wanted+=(--register-unsafely-without-email); fi
if [ -n "$ACME_SERVER" ]; then wanted+=(--server "$ACME_SERVER"); fi

before=$(fingerprint)
# The same command obtains the first one, renews when it is time, and changes nothing otherwise.
/opt/certbot/bin/certbot certonly --non-interactive --quiet --agree-tos --keep-until-expiring --renew-with-new-domains \
  --webroot --webroot-path /var/lib/studentcore/acme "${wanted[@]}" ||
  fail "no certificate for $SERVER_NAME could be had: see above and /var/log/letsencrypt. It is tried again."
if [ "$(fingerprint)" = "$before" ]; then
  say "The certificate for $SERVER_NAME is still good."
else
  bash "$here/front.sh" reload
  say "There is a new certificate for $SERVER_NAME."
fi
