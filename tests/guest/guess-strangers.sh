#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# Whoever is not the owner, at this machine, can guess as often as he likes: nothing counts against the
# keybag, even where the tenth wrong passcode would erase it.
. "$(dirname "$0")/lib/stack.sh"
stack_begin
daemon_settings 'tenth-failure = erase'
sed -i 's/pam_unix\.so/& nodelay/' /etc/pam.d/common-auth
sed -i '/pam_faildelay/d' /etc/pam.d/login
keybag_create anna anna-passcode
keybagctl lock --user anna --full
uuid=$(field anna uuid)
bytes=$(cat /var/lib/keybag/bags/*.tries | sha256sum)

# guesses WHO COMMAND…: one more than would erase it
guesses() {
	local who=$1 i right=0
	shift
	for i in $(seq 11); do
		"$@" "wrong $i" >/dev/null 2>&1 && right=1
	done
	check_equal "$right $(state anna) $(field anna failures) $(field anna retry_after_ns)" \
		"0 before first unlock 0 0" "eleven guesses: $who"
}

by_another_user() {
	as ben keybagctl unlock --user anna <<<"$1"
}

by_uuid() {
	as ben keybagctl unlock --uuid "$uuid" <<<"$1"
}

by_change() {
	as ben keybagctl passwd --user anna <<<"$1"$'\nnew'
}

at_login() {
	pam login anna "$1" authenticate setcred open_session
}

from_elsewhere() {
	pamtester -I rhost=192.0.2.1 sshd anna authenticate <<<"$1"
}

by_su() {
	as ben pamtester -I ruser=ben su anna authenticate <<<"$1"
}

by_container() {
	as anna unshare --user --map-root-user keybagctl unlock <<<"$1"
}

# Another name of the same uid, with a password of its own
useradd -M -d /home/anna -o -u 1201 -g anna -s /bin/bash anna2
login_password anna2 anna2-password
by_other_name() {
	pam login anna2 anna2-password authenticate acct_mgmt setcred open_session
	pam vlock anna2 anna2-password authenticate
	false
}

guesses "another user" by_another_user
guesses "another user, by UUID" by_uuid
guesses "another user, by a change of passcode" by_change
guesses "at the login prompt" at_login
guesses "by another name of hers" by_other_name
check "which lets in" pam login anna2 anna2-password authenticate acct_mgmt
userdel anna2
guesses "from another machine" from_elsewhere
guesses "by su" by_su
guesses "in a container of hers" by_container
check_equal "$(cat /var/lib/keybag/bags/*.tries | sha256sum)" "$bytes" "its record was not written at all"

# Where the passcode of the keybag is the login password
DEBIAN_FRONTEND=noninteractive pam-auth-update --enable keybag-authenticate >/dev/null 2>&1
sed -i 's/pam_unix\.so/& nodelay/' /etc/pam.d/common-auth
usermod -p '*' anna
guesses "from another machine, where unlock is the authentication" from_elsewhere
guesses "by su, where unlock is the authentication" by_su

check "the owner opens it at once" as anna keybagctl unlock <<<anna-passcode
finish
