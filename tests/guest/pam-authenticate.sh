#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# The profile with which the keybag's passcode is the login password, and no hash of it is in the shadow
# file: pam-auth-update --enable keybag-authenticate.
. "$(dirname "$0")/lib/stack.sh"
stack_begin
keybag_create anna anna-password
DEBIAN_FRONTEND=noninteractive pam-auth-update --enable keybag-authenticate >/dev/null 2>&1
sed -i 's/pam_unix\.so/& nodelay/' /etc/pam.d/common-auth
diagnose "$(grep -v '^#' /etc/pam.d/common-auth)"

relock() {
	keybagctl lock --user anna "$@" >/dev/null 2>&1
}

printf '%s ALL=(ALL) ALL\n' anna ben >/etc/sudoers.d/keybag-test
sudo_by() {	# NAME, password on standard input
	as "$1" sudo -k -S -p '' id -u
}
events() {
	keybagctl status --user anna --json | jq -r '.state_seq'
}

# A keybag that somebody made who never had to know the password of the account.
check "a process of a user makes a keybag, with a passcode of its own" \
	as ben keybagctl create --kdf-memory 64 --kdf-passes 1 <<<of-a-thief
check_status 1 "by that it becomes nobody else" sudo_by ben <<<of-a-thief
check_status 1 "nor logs in" pam login ben of-a-thief authenticate
usermod -p '*' ben
check_status 1 "not where the account has no password, either" sudo_by ben <<<of-a-thief
check_status 1 "for a login as well" pam login ben of-a-thief authenticate
check_equal "$(keybagctl status --user ben --json | jq .failures)" 0 "nothing was tried"
# pam_keybag looks whether there is a passcode, and asks for it: meanwhile its owner removes it.
check "the thief removes the passcode while it is asked for" as ben keybagctl passwd --remove --yes <<<of-a-thief
check_equal "$(python3 "$here/lib/service_request.py" unlock 1202 anything $((1 << 18)))" 13 \
	"a keybag without a passcode lets nobody in"
check_equal "$(python3 "$here/lib/service_request.py" unlock 1202 anything $((1 << 18 | 1 << 1)))" 13 "nor by a check"
login_password ben ben-password

# Verified by a login: then it is good for the next one.
usermod -p '*' anna
relock --full
check_status 1 "root made it: no login has verified its passcode" pam login anna anna-password authenticate
login_password anna anna-password
pam login anna anna-password authenticate acct_mgmt setcred >/dev/null
check_status 1 "with a password of its own the account's passcode is not asked: a wrong password" sudo_by anna <<<wrong
check_equal "$(field anna failures)" 0 "does not count"
usermod -p '*' anna

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
relock
check "one that names a host, as xsecurelock does" as anna pamtester -I rhost=localhost swaylock anna authenticate <<<anna-password
check_equal "$(state anna) $(field anna reason)" "unlocked screen" "unlocks as well: it runs as its user"

# Strangers: from elsewhere, and by su. They are refused without a try.
relock
check_status 1 "from elsewhere nothing is tried" \
	pamtester -I rhost=192.0.2.1 sshd anna authenticate <<<wrong
check_status 1 "the right one neither" \
	pamtester -I rhost=192.0.2.1 sshd anna authenticate <<<anna-password
cp /etc/pam.d/swaylock /etc/pam.d/lightdm
check_status 1 "from a terminal of XDMCP, as LightDM names it, neither" \
	pamtester -I tty=192.0.2.1:1 lightdm anna authenticate <<<wrong
check_status 1 "nor the right one" pamtester -I tty=192.0.2.1:1 lightdm anna authenticate <<<anna-password
for display in :0 unix:0 /dev/tty7; do
	check "from $display it is" pamtester -I "tty=$display" lightdm anna authenticate <<<anna-password
done
as ben python3 "$here/lib/terminal.py" su anna -c true -- 'assword: ' wrong >/dev/null
check_equal "$(state anna) $(field anna failures)" "locked 0" "nor for su; nothing counts"

# Root's own, which no root process may try for others either.
cp -a /etc/shadow "$work/shadow-of-root"
keybag_create root root-password
keybagctl lock --full --user root
login_password root root-password
pam login root root-password authenticate acct_mgmt setcred >/dev/null
usermod -p '*' root
as ben python3 "$here/lib/terminal.py" su -c true -- 'assword: ' wrong >/dev/null
check_status 1 "polkit, which asks for anybody" pamtester polkit-1 root authenticate <<<wrong
check_status 1 "the right one neither" pamtester polkit-1 root authenticate <<<root-password
check_equal "$(field root failures)" 0 "su and polkit do not try root's keybag; nothing counts"
# A locker that is set-uid root, of any user, as vlock: where its user's password was wrong it asks for root's.
install -m 4755 "$(command -v pamtester)" /usr/local/bin/test-locker
check_status 1 "a locker of somebody else's" as ben test-locker vlock root authenticate <<<wrong
check_status 1 "the right one neither" as ben test-locker vlock root authenticate <<<root-password
check_equal "$(field root failures)" 0 "does not try root's keybag; nothing counts"
check_equal "$(state root)" "unlocked" "it is as it was"
keybagctl lock --user root
login_password root root-password
check "where root has a password of its own it lets in" as ben test-locker vlock root authenticate <<<root-password
check_equal "$(state root)" locked "and leaves root's keybag as it is: no session of root's is gone back to"
usermod -p '*' root
check "a locker of one's own, set-uid as well" as anna test-locker vlock anna authenticate <<<anna-password
check_equal "$(state anna) $(field anna reason)" "unlocked screen" "unlocks"
rm /usr/local/bin/test-locker
relock
check "root logs in at the console by it" pam login root root-password authenticate acct_mgmt setcred
check_status 1 "a wrong passcode there is refused" pam login root wrong authenticate
check_equal "$(field root failures)" 1 "and counts"
check "sudo by root for root takes it" pamtester -I ruser=root sudo root authenticate <<<root-password
keybagctl destroy --user root --yes >/dev/null
cp -a "$work/shadow-of-root" /etc/shadow

check_output "^0$" "sudo by the user takes the passcode" sudo_by anna <<<anna-password
check_equal "$(state anna)" locked "and leaves the keybag locked"
check_status 1 "a wrong one is refused" sudo_by anna <<<wrong
check_equal "$(field anna failures)" 1 "and counts"
relock --full
before=$(events)
check_output "^0$" "before the first unlock" sudo_by anna <<<anna-password
check_equal "$(state anna) $(field anna failures) $(events)" "before first unlock 0 $before" "nothing is opened either"
usermod -L anna
check_status 1 "an account that is locked" sudo_by anna <<<anna-password
usermod -p '*' anna

# Whoever knows it may change it; a recovery code is no password of the account.
printf '%s\n' anna-password second-password | keybagctl passwd --user anna --kdf-memory 64 --kdf-passes 1
check_output "^0$" "a passcode that was changed" sudo_by anna <<<second-password
code=$(keybagctl recovery add --user anna <<<second-password 2>/dev/null | grep -oE '([A-Z0-9]{5}-){5}[A-Z0-9]{5}')
printf '%s\n' "$code" anna-password | keybagctl passwd --recovery --yes --user anna --kdf-memory 64 --kdf-passes 1
check_status 1 "one that was set with the recovery code" sudo_by anna <<<anna-password
login_password anna anna-password
pam login anna anna-password authenticate acct_mgmt setcred >/dev/null
usermod -p '*' anna
relock
check_output "^0$" "until a login has verified it" sudo_by anna <<<anna-password
rm -f /etc/sudoers.d/keybag-test

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
