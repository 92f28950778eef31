#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# 'create = login' in keybagd.conf alone makes a keybag at the end of a login that succeeded, and at no other time.
. "$(dirname "$0")/lib/stack.sh"
stack_begin

has_keybag() {
	keybagctl status --user "$1" >/dev/null
}

stack_options "debug create=login"
pam login anna anna-password authenticate acct_mgmt setcred open_session >/dev/null
check_status 9 "the argument that profiles of before may have creates nothing" has_keybag anna
check "and is no mistake" test "$(times_logged 'unknown argument')" = 0

stack_options debug
daemon_settings 'create = login'
check_status 1 "a wrong password" pam login anna wrong authenticate setcred open_session
check_status 9 "creates nothing" has_keybag anna
pam login anna anna-password authenticate >/dev/null
check_status 9 "authentication alone creates nothing" has_keybag anna
useradd -M -d /home/anna -o -u 1201 -g anna -s /bin/bash anna2
login_password anna2 anna2-password
pam login anna2 anna2-password authenticate acct_mgmt setcred open_session >/dev/null
userdel anna2
check_status 9 "a login by another name of the uid creates nothing" has_keybag anna
usermod -e 1 anna
pam login anna anna-password authenticate acct_mgmt open_session >/dev/null
usermod -e '' anna
check_status 9 "an expired account creates nothing" has_keybag anna
pam login anna anna-password authenticate acct_mgmt setcred >/dev/null
check_status 9 "a login without a session creates nothing" has_keybag anna
as ben python3 "$here/lib/terminal.py" su anna -c true -- 'assword: ' anna-password >/dev/null
check_status 9 "su creates nothing" has_keybag anna

forget
check_output "A keybag was created for you" "a full login says that it created one" \
	console anna anna-password 'keybagctl status'
check_equal "$(state anna)" unlocked "it is unlocked"
keybagctl lock --full --user anna >/dev/null
check "its passcode is the login password" keybagctl unlock --user anna <<<anna-password

uuid=$(field anna uuid)
pam login anna anna-password authenticate acct_mgmt setcred open_session >/dev/null
check_equal "$(field anna uuid)" "$uuid" "the next login does not make another"

# -- what the login stack takes is no password -----------------------------------------------------
keybagctl destroy --user anna --yes >/dev/null
printf '%s\n' 'auth required pam_exec.so quiet expose_authtok /bin/cat' \
	'auth required pam_permit.so' 'auth optional pam_keybag.so debug' \
	'account required pam_permit.so' 'session optional pam_keybag.so debug' >/etc/pam.d/lightdm
by_code() {
	pam lightdm anna 123456 authenticate acct_mgmt setcred open_session
}
forget
check "a login by a code for one time" by_code
check_status 9 "creates nothing" has_keybag anna
check "and the journal says why" logged "cannot create a keybag of anna: what was typed is not the password of anna in /etc/shadow"
daemon_settings 'create = any-login'
check_output "A keybag was created for you" "'create = any-login' takes it" by_code
keybagctl lock --full --user anna >/dev/null
check "as its passcode" keybagctl unlock --user anna <<<123456
daemon_settings 'create = login'

# -- a password that has expired, and is changed in the middle of the login --------------------------
keybagctl destroy --user anna --yes >/dev/null
chage -d 0 anna
expired() {	# OLD NEW
	python3 "$here/lib/terminal.py" login anna -- 'assword: ' "$1" \
		'urrent password: ' "$1" 'ew password: ' "$2" 'etype new password: ' "$2" \
		'\$ ' 'keybagctl status; exit'
}
check_output "A keybag was created for you" "a password changed at login" expired anna-password Second-pass-2
keybagctl lock --full --user anna >/dev/null
check_status 4 "the keybag has not the former one" keybagctl unlock --user anna <<<anna-password
check "but the new one" keybagctl unlock --user anna <<<Second-pass-2

finish
