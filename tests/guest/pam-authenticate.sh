#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# The profile with which the keybag's passcode is the login password, and no hash of it is in the shadow
# file: pam-auth-update --enable keybag-authenticate.
. "$(dirname "$0")/stack.sh"
stack_begin
keybag_create anna anna-password
DEBIAN_FRONTEND=noninteractive pam-auth-update --enable keybag-authenticate >/dev/null 2>&1
sed -i 's/pam_unix\.so/& nodelay/' /etc/pam.d/common-auth
usermod -p '*' anna
diagnose "$(grep -v '^#' /etc/pam.d/common-auth)"

relock() {
	keybagctl lock --user anna "$@" >/dev/null 2>&1
}

relock --full
check_output "unlocked" "a console login, by the passcode" console anna anna-password 'keybagctl status'
check_equal "$(state anna) $(field anna reason)" "unlocked login" "it unlocks as any login does"

relock --full
check_status 1 "a wrong passcode is refused" pam login anna wrong authenticate
check_equal "$(state anna) $(field anna failures)" "before first unlock 1" "and counts"
check "the right one" pam login anna anna-password authenticate acct_mgmt setcred
check_equal "$(state anna) $(field anna failures)" "unlocked 0" "opens, and clears the count"

relock
usermod -e 1 anna
check_status 1 "an expired account is refused" pam login anna anna-password authenticate acct_mgmt setcred
usermod -e '' anna
check_equal "$(state anna)" locked "it is not unlocked"

printf '@include common-%s\n' auth account >/etc/pam.d/swaylock
check "a screen locker" as anna pamtester swaylock anna authenticate <<<anna-password
check_equal "$(state anna) $(field anna reason)" "unlocked screen" "unlocks"

# Strangers: from elsewhere, and by su. They are refused without a try.
relock
check_status 1 "from elsewhere nothing is tried" \
	pamtester -I rhost=192.0.2.1 sshd anna authenticate <<<wrong
check_status 1 "the right one neither" \
	pamtester -I rhost=192.0.2.1 sshd anna authenticate <<<anna-password
as ben python3 "$here/terminal.py" su anna -c true -- 'assword: ' wrong >/dev/null
check_equal "$(state anna) $(field anna failures)" "locked 0" "nor for su; nothing counts"

echo 'anna ALL=(ALL) ALL' >/etc/sudoers.d/anna
check_output "^0$" "sudo by the user takes the passcode" as anna sudo -k -S -p '' id -u <<<anna-password
rm -f /etc/sudoers.d/anna
check_equal "$(state anna)" locked "and leaves the keybag locked"

# Throttled
for i in $(seq 20); do
	keybagctl unlock --user anna <<<"wrong-$i" >/dev/null 2>&1
	[ $? != 5 ] || break
done
failures=$(field anna failures)
check_output "next try is possible in [0-9]+ s" "throttled: refused, and told" \
	pam login anna anna-password authenticate
check_equal "$(field anna failures)" "$failures" "nothing was tried"

# Others
check "a user with a password of his own logs in" pam login ben ben-password authenticate acct_mgmt setcred
check_status 1 "not with another" pam login ben wrong authenticate
daemon_kill
check_status 1 "without keybagd there is no way in but another account's" pam login anna anna-password authenticate
check "of those that have a password nobody is kept out" pam login ben ben-password authenticate acct_mgmt setcred
daemon_start

finish
