#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# sshd authenticates in one process and opens the session in another.
. "$(dirname "$0")/lib/stack.sh"
[ -x /usr/sbin/sshd ] || skip_all "no sshd"
stack_begin
keybag_create anna anna-password

ip link set lo up
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f /run/test-host-key
ssh-keygen -q -t ed25519 -N '' -f /run/test-user-key
cat >/run/test-sshd-config <<'S'
Port 2222
ListenAddress 127.0.0.1
HostKey /run/test-host-key
UsePAM yes
PasswordAuthentication yes
KbdInteractiveAuthentication yes
AuthorizedKeysFile /run/test-authorized-keys
StrictModes no
S
cp /run/test-user-key.pub /run/test-authorized-keys
rm -f /run/sshd.pid
/usr/sbin/sshd -f /run/test-sshd-config
# It listens when it has written that, not when it has gone to the background.
soon test -s /run/sshd.pid
trap 'kill "$(cat /run/sshd.pid)"; rm -f /run/test-*key*; stack_end' EXIT

# over METHOD PASSWORD COMMAND
over() {
	python3 "$here/lib/terminal.py" ssh -p 2222 -o PreferredAuthentications="$1" \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o NumberOfPasswordPrompts=1 \
		-o IdentityFile=/run/none anna@127.0.0.1 "$3" -- 'assword: ?' "$2"
}

for method in password keyboard-interactive; do
	keybagctl lock --full --user anna >/dev/null
	text=$(over $method anna-password 'env; keybagctl status')
	check_equal "$(state anna)" unlocked "$method: unlocks"
	check_output "SSH_CONNECTION=" "$method: it was a session" echo "$text"
	check_equal "$(grep -c KEYBAG_TICKET <<<"$text")" 0 "$method: no ticket is left in its environment"

	keybagctl lock --user anna >/dev/null
	check_status 255 "$method: a wrong password is refused" over $method wrong true
	check_equal "$(state anna) $(field anna failures)" "locked 0" "$method: it neither unlocks nor counts"

	usermod -e 1 anna
	check_status 255 "$method: an expired account is refused" over $method anna-password true
	usermod -e '' anna
	check_equal "$(state anna) $(field anna failures)" "locked 0" "$method: the account checks come before the unlock"
done

with_key() {
	ssh -p 2222 -i /run/test-user-key -o BatchMode=yes -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null anna@127.0.0.1 "$@"
}
keybagctl lock --user anna >/dev/null
check "a key instead of a password: login succeeds" with_key true
check_equal "$(state anna)" locked "and leaves the keybag as it is"

finish
