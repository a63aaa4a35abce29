# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a new instance does once, as root: installs Antiphon from a commit, makes a certificate, a
# user and a password that nobody else has seen, starts the service, and reports to two parameters.
# `deploy/user_data.py` puts a first line and these variables in front:
: "${NAME:?}" "${BUCKET:?}" "${LISTENER:?}" "${PORT:?}" "${DATA_PORTS:?}" "${COMMIT:?}" \
    "${GIT_ADDRESS?}" "${AWS_DEFAULT_REGION:?}"
set -euo pipefail
umask 022
export DEBIAN_FRONTEND=noninteractive AWS_PAGER='' AWS_DEFAULT_REGION

readonly WAIT=720  # times 5 seconds, for the upload
readonly source=/opt/antiphon/source python=/opt/antiphon/venv/bin/python
step='beginning'

say() { step=$1; printf 'antiphon: %s\n' "$1"; }

# In JSON, from pairs of words: a value may hold any byte that a log does.
object() { python3 -c 'import json, sys; print(json.dumps(dict(zip(sys.argv[1::2], sys.argv[2::2]))))' "$@"; }

report() {  # report NAME TYPE FILE
    aws ssm put-parameter --name "/antiphon/$NAME/$1" --type "$2" --value "file://$3" --overwrite > /dev/null
}

failed() {
    local status=$?
    trap - ERR
    printf 'antiphon: failed while %s (status %s)\n' "$step" "$status"
    # Without what it reports with, the machine's own log has to do.
    object failed "$step" status "$status" > /run/antiphon-public || exit "$status"
    report public String /run/antiphon-public || true
    exit "$status"
}
trap failed ERR

say 'installing system packages'
packages=(awscli ca-certificates python3 python3-venv)
[ -z "$GIT_ADDRESS" ] || packages+=(git)
# A machine that has just started may be at it itself, and that lock waits for nobody.
for ((tries = 0; ; tries++)); do
    ! apt-get -qq -y update || break
    [ "$tries" -lt 12 ] || false
    sleep 5
done
apt-get -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends install "${packages[@]}"

say 'waiting for the upload'
for ((tries = 0; ; tries++)); do
    ! aws s3 ls "s3://$BUCKET/uploaded" > /dev/null 2>&1 || break
    [ "$tries" -lt "$WAIT" ] || false
    sleep 5
done

say 'fetching the source'
install -d "$source"
if [ -n "$GIT_ADDRESS" ]; then
    git clone --quiet --no-checkout -- "$GIT_ADDRESS" "$source"
    git -C "$source" checkout --quiet --detach "$COMMIT"
else
    aws s3 cp --no-progress "s3://$BUCKET/source.tar.gz" - | tar -xz -C "$source"
fi

say 'installing Python packages'
python3 -m venv /opt/antiphon/venv
for lock in build server; do
    "$python" -m pip install --quiet --no-input --disable-pip-version-check --no-cache-dir \
        --require-hashes --only-binary :all: -r "$source/requirements/$lock.lock"
done
"$python" -m pip install --quiet --no-input --disable-pip-version-check --no-cache-dir \
    --no-index --no-deps --no-build-isolation "$source"
ln -sf /opt/antiphon/venv/bin/antiphon-server /usr/local/bin/antiphon-server

say 'making the user and the places of the service'
units=$source/deploy/systemd
install -D -m 0644 "$units/antiphon.sysusers" /usr/lib/sysusers.d/antiphon.conf
install -D -m 0644 "$units/antiphon.tmpfiles" /usr/lib/tmpfiles.d/antiphon.conf
install -m 0644 -t /etc/systemd/system "$units/antiphon.service" "$units/antiphon.socket"
systemd-sysusers antiphon.conf
systemd-tmpfiles --create antiphon.conf
install -d /etc/systemd/system/antiphon.socket.d
printf '[Socket]\nListenStream=\nListenStream=%s\n' "$PORT" \
    > /etc/systemd/system/antiphon.socket.d/port.conf
{ cat "$units/antiphon.toml"; printf 'port = %s\ndata-ports = "%s"\n' "$PORT" "$DATA_PORTS"; } \
    > /etc/antiphon/antiphon.toml

say 'making a certificate and a user'
antiphon-server certificate --out /etc/antiphon/tls "$NAME" > /dev/null
fingerprint=$("$python" -c '
import hashlib, pathlib, ssl
pem = pathlib.Path("/etc/antiphon/tls/certificate.pem").read_text()
print(hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest().hex(":").upper())')
(
    umask 077
    "$python" -c 'import secrets; print(secrets.token_hex(12), end="")' > /run/antiphon-password
)
antiphon-server user add "$LISTENER" --file /etc/antiphon/users < /run/antiphon-password
systemd-tmpfiles --create antiphon.conf  # whose files these are

say 'fetching the music'
aws s3 sync --no-progress --only-show-errors "s3://$BUCKET/music" /srv/antiphon

say 'starting the service'
systemctl daemon-reload
systemctl enable --quiet --now antiphon.socket antiphon.service

say 'reporting'
host_key=$(cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub 2> /dev/null || true)
object fingerprint "$fingerprint" user "$LISTENER" commit "$COMMIT" host_key "$host_key" \
    > /run/antiphon-public
report password SecureString /run/antiphon-password
report public String /run/antiphon-public
rm -f /run/antiphon-password
say 'done'
