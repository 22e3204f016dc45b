# shellcheck shell=bash
# shellcheck disable=SC2034 # what is named here is used by those who source it
# How is this machine reached from outside? What the user data wrote down, and whether there is a certificate for it.
# Sourced after common.sh.

MACHINE_FILE=/etc/studentcore/machine.env
CERTIFICATE=/etc/letsencrypt/live/studentcore/fullchain.pem

TLS_MODE='' SERVER_NAME='' PUBLIC_ADDRESS='' CERTIFICATE_EMAIL='' ACME_SERVER=''
if [ -e "$MACHINE_FILE" ]; then
  # shellcheck source=/dev/null
  . "$MACHINE_FILE"
fi

certificate_fits() {
  local kind=-checkhost
  [ "$TLS_MODE" = domain ] || kind=-checkip
  [ -e "$CERTIFICATE" ] &&
    [[ "$(openssl x509 -in "$CERTIFICATE" -noout "$kind" "$SERVER_NAME")" == *'does match'* ]]
}

# none: nobody said how · plain: http only · waiting: no certificate yet · secure: https
front_mode() {
  case "$TLS_MODE" in
    plain) echo plain ;;
    domain | address) if certificate_fits; then echo secure; else echo waiting; fi ;;
    *) echo none ;;
  esac
}
