#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: every-kernel
#
# Login opens the keybag, on the machine's own PAM stack.
. "$(dirname "$0")/lib/stack.sh"
stack_begin
keybag_create anna anna-password

relock() {
	keybagctl lock --user anna "$@" >/dev/null 2>&1
}

# -- the steps of a login ----------------------------------------------------------------------
relock --full
check_equal "$(state anna)" "before first unlock" "before the login: before first unlock"

pam login anna anna-password authenticate >/dev/null
check_equal "$(state anna)" "before first unlock" "a password alone unlocks nothing"
check "a ticket waits" logged "pam_keybag\(login:auth\): a ticket for the keybag of anna is ready"

pam login anna anna-password authenticate acct_mgmt setcred >/dev/null
check_equal "$(state anna)" unlocked "credentials after the account checks unlock"
check_equal "$(field anna reason)" login "the reason is the login"
check "the journal says so" logged "pam_keybag\(login:setcred\): keybag of anna is unlocked"

relock
pam login anna anna-password authenticate acct_mgmt open_session >/dev/null
check_equal "$(state anna)" unlocked "a host without pam_setcred unlocks when the session opens"

forget
pam login anna anna-password authenticate setcred open_session >/dev/null
check "an unlocked keybag is left alone" logged "unlocked already"

# -- a lock on the way ---------------------------------------------------------------------------
# locking FILE: the keybag is locked at the end of FILE, or before pam_keybag's turn in a session
locking() {
	cp -a "$1" /run/test-stack
	local lock='optional pam_exec.so seteuid /usr/bin/env keybagctl lock --user anna'
	case $1 in
	*session*) sed -i "/pam_keybag/i session $lock" "$1" ;;
	*) echo "auth $lock" >>"$1" ;;
	esac
	forget
	pam login anna anna-password authenticate acct_mgmt setcred open_session >/dev/null
	cp -a /run/test-stack "$1"
}
locking /etc/pam.d/common-auth
check_equal "$(state anna) $(field anna reason)" "unlocked login" \
	"unlocked when the password was typed, and locked since: the session finds it open"
locking /etc/pam.d/common-session
check_equal "$(state anna) $(field anna reason)" "unlocked login" "locked after the credentials: so, too"
check_equal "$(times_logged 'session.*keybag of anna is unlocked') $(field anna failures)" "0 0" "without a word"

# -- login(1) on a terminal ----------------------------------------------------------------------
relock --full
text=$(console anna anna-password 'env; keybagctl status')
check_equal "$(state anna)" unlocked "a console login unlocks"
check_output "HOME=/home/anna" "it was a session" echo "$text"
check_equal "$(grep -c KEYBAG_TICKET <<<"$text")" 0 "no ticket is left in its environment"
check_equal "$(grep -c "keybag stays closed" <<<"$text")" 0 "nothing is reported to the user"

# -- what must not unlock or count -----------------------------------------------------------------
relock
forget
check_status 1 "a wrong login password is refused" pam login anna wrong authenticate setcred open_session
check_equal "$(state anna) $(field anna failures)" "locked 0" "it neither unlocks nor counts"
check_equal "$(times_logged pam_keybag)" 0 "the module was not even called"

usermod -e 1 anna
check_status 1 "an expired account is refused" pam login anna anna-password authenticate acct_mgmt setcred
usermod -e '' anna
check_equal "$(state anna) $(field anna failures)" "locked 0" "the account checks come before the unlock"

forget
check_output "^1201$" "su takes the password" \
	as ben python3 "$here/lib/terminal.py" su anna -c 'id -u' -- 'assword: ' anna-password
check_equal "$(state anna)" locked "su leaves the keybag as it is"
check "and says so" logged "su leaves the keybag of anna as it is"

echo 'anna ALL=(ALL) ALL' >/etc/sudoers.d/anna
check_output "^0$" "sudo takes the password" as anna sudo -S -p '' id -u <<<anna-password
rm -f /etc/sudoers.d/anna
check_equal "$(state anna)" locked "sudo leaves the keybag as it is"

# The same stack under other names, without what is slow in it. The last word: what becomes of the keybag.
service_stack() {
	printf '@include common-%s\n' auth account >"/etc/pam.d/$1"
}
try_service() {	# SERVICE STATE
	service_stack "$1"
	relock
	pam "$1" anna anna-password authenticate acct_mgmt setcred >/dev/null
	check_equal "$(state anna)" "$2" "service $1 leaves it $2"
}
for service in sshd gdm-password sddm lightdm greetd swaylock kde; do
	try_service $service unlocked
done
for service in cron polkit-1 su-l atd unheard-of; do
	try_service $service locked
done

stack_options "debug login=kiosk,su locker=office except=sshd,swaylock"
diagnose "login=kiosk,su locker=office except=sshd,swaylock"
for service in kiosk office gdm-password; do
	try_service $service unlocked
done
for service in su sshd swaylock; do
	try_service $service locked
done
stack_options debug

relock
printf 'auth required pam_permit.so\nauth optional pam_keybag.so debug\naccount required pam_permit.so\n' >/etc/pam.d/greetd
forget
pam greetd anna '' authenticate acct_mgmt setcred >/dev/null
check_equal "$(state anna)" locked "a login without a password leaves the keybag as it is"
check "and says so" logged "no password was typed"

# -- screen lockers ------------------------------------------------------------------------------
relock
service_stack swaylock
check "a locker that runs as the user" as anna pamtester swaylock anna authenticate <<<anna-password
check_equal "$(state anna) $(field anna reason)" "unlocked screen" "it unlocks at once; the reason is the screen"

relock
as anna pamtester swaylock anna authenticate <<<wrong >/dev/null 2>&1
check_equal "$(state anna) $(field anna failures)" "locked 0" "a wrong password at the locker does not count"

# -- passcode and login password differ -------------------------------------------------------------
login_password anna other-password
forget
check_output "Your keybag stays closed: its passcode is not your login password" \
	"login succeeds and says that the passcode is another" \
	pam login anna other-password authenticate acct_mgmt setcred open_session
check_equal "$(state anna) $(field anna failures)" "locked 1" "one wrong passcode has counted"
pam login anna other-password authenticate acct_mgmt setcred open_session >/dev/null
check_equal "$(field anna failures)" 1 "the same one again does not count"
login_password anna anna-password
pam login anna anna-password authenticate acct_mgmt setcred open_session >/dev/null
check_equal "$(state anna) $(field anna failures)" "unlocked 0" "the right one unlocks and clears the count"

# A password that was right at login, it is said: by whom, and which. The errno.
claims() {	# PASSWORD [as USER]
	local password=$1
	shift
	"$@" python3 "$here/lib/service_request.py" unlock 1201 "$password" 131072
}
relock
check_equal "$(claims wrong as anna)" 129 "a program of the user's says that a wrong password was right at login"
check_equal "$(claims kerberos-password)" 129 "a machine takes another password besides that of /etc/shadow"
check_equal "$(field anna failures)" 2 "each counts"
check_equal "$(claims kerberos-password) $(field anna failures)" "129 2" "once"
pam login anna anna-password authenticate acct_mgmt setcred open_session >/dev/null
check_equal "$(state anna) $(field anna failures)" "unlocked 0" "the password of /etc/shadow is tried all the same"

# -- users without a keybag ------------------------------------------------------------------------
has_keybag() {
	keybagctl status --user "$1" >/dev/null
}

forget
check "a user without a keybag logs in" pam login ben ben-password authenticate acct_mgmt setcred open_session
check_status 9 "no keybag is created by that" has_keybag ben
log_complete
check_equal "$(grep pam_keybag $LOG | grep -vc 'ben has no keybag')" 0 "nothing is reported"

finish
