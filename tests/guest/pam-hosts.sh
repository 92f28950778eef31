#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# Hosts of PAM as they are: a greeter, a locker that runs as its user, cron; accounts of a directory;
# accounts that are closed after failures.
. "$(dirname "$0")/lib/stack.sh"
stack_begin
keybag_create anna anna-password

relock() {
	keybagctl lock --user anna "$@" >/dev/null 2>&1
}

# comes PATH: waits for a file that a session writes
comes() {
	soon test -s "$1"
}

# -- a greeter -----------------------------------------------------------------------------------
# It runs as a user of its own; greetd does PAM, in a process for each session.
greet() {	# [LINE…]: greetd with these settings besides; returns when the session has run
	rm -f /run/greetd.run /tmp/test-greeted
	printf '%s\n' '[terminal]' 'vt = "none"' '[default_session]' 'user = "_greetd"' \
		"command = \"python3 $here/lib/greeter.py /tmp/test-greeter anna anna-password 'keybagctl status >/tmp/test-greeted'\"" \
		"$@" >/run/test-greetd.toml
	greetd --config /run/test-greetd.toml >>/run/test-greetd.log 2>&1 &
	local greetd=$!
	comes /tmp/test-greeted || cat /run/test-greetd.log /tmp/test-greeter
	sleep 1
	kill -KILL $greetd
	wait $greetd 2>/dev/null
}
relock --full
rm -f /tmp/test-greeter
forget
greet
check_output "auth_error" "greetd: a wrong password is refused" head -n 1 /tmp/test-greeter
check_output "^State: *unlocked" "greetd: the session finds the keybag unlocked" cat /tmp/test-greeted
check_equal "$(field anna failures) $(field anna reason)" "0 login" "the wrong one did not count"

relock
touch /tmp/test-greeter
greet '[initial_session]' 'user = "anna"' 'command = "keybagctl status >/tmp/test-greeted"'
check_output "^State: *locked" "greetd: autologin leaves the keybag as it is" cat /tmp/test-greeted
rm -f /tmp/test-greeter /tmp/test-greeted

# -- a screen locker -----------------------------------------------------------------------------
# Debian's vlock is root's; most lockers are not.
chmod u-s /usr/sbin/vlock-main
relock
check "vlock lets its user in" python3 "$here/lib/terminal.py" \
	setpriv --reuid anna --regid anna --init-groups env TERM=linux USER=anna HOME=/home/anna vlock -c -- \
	ENTER '' 'assword: *$' anna-password
check_equal "$(state anna) $(field anna reason)" "unlocked screen" "and unlocks, running as that user"
chmod u+s /usr/sbin/vlock-main

# -- the lock of GNU screen: nothing of it ever ran as root ----------------------------------------
relock
install -d -o anna -g anna -m 700 /run/test-screen
echo "startup_message off" >/run/test-screen.rc
in_screen() {	# [PATTERN REPLY]...: anna's terminal, with screen on it
	# After its lock it opens the terminal anew, by name.
	# shellcheck disable=SC2016
	python3 "$here/lib/terminal.py" sh -c 'chown anna "$(tty)" && exec "$@"' sh \
		setpriv --reuid anna --regid anna --init-groups env TERM=linux USER=anna HOME=/home/anna \
		SHELL=/bin/sh PS1='here> ' SCREENDIR=/run/test-screen screen -c /run/test-screen.rc -- "$@"
}
forget
check "GNU screen: a wrong password, then the right one" in_screen 'here> ' 'screen -X lockscreen' \
	'assword:' wrong-password 'assword:' anna-password 'here> ' exit
check_equal "$(state anna) $(field anna reason) $(field anna failures)" "unlocked screen 0" \
	"which unlocks, without any help from root"
rm -rf /run/test-screen /run/test-screen.rc

# -- cron ----------------------------------------------------------------------------------------
relock --full
rm -f /run/crond.reboot /tmp/test-cron
echo '@reboot keybagctl status >/tmp/test-cron.new 2>&1; mv /tmp/test-cron.new /tmp/test-cron' | crontab -u anna -
cron -f &
cron=$!
comes /tmp/test-cron
check_output "before first unlock" "cron runs a job of a user, and leaves the keybag as it is" cat /tmp/test-cron
kill $cron
crontab -u anna -r
rm -f /tmp/test-cron
check_equal "$(state anna)" "before first unlock" "afterwards, too"

# -- accounts that are closed after failures ------------------------------------------------------
cat >/etc/pam.d/sddm <<'S'
auth     required                    pam_faillock.so preauth deny=2 unlock_time=600 dir=/run/test-faillock
auth     [success=1 default=ignore]  pam_unix.so nodelay
auth     [default=die]               pam_faillock.so authfail deny=2 unlock_time=600 dir=/run/test-faillock
auth     required                    pam_faillock.so authsucc deny=2 unlock_time=600 dir=/run/test-faillock
auth     optional                    pam_keybag.so debug
account  required                    pam_faillock.so
account  required                    pam_unix.so
S
mkdir -p /run/test-faillock
sddm() {
	pam sddm anna "$1" authenticate acct_mgmt setcred
}
check "faillock: login" sddm anna-password
check_equal "$(state anna)" unlocked "unlocks"
relock
check_status 1 "a wrong password" sddm wrong
check_status 1 "and another" sddm wrong
check_status 1 "the account is closed: the right one is refused" sddm anna-password
check_equal "$(state anna) $(field anna failures)" "locked 0" "the keybag does not hear of any of them"
rm -f /run/test-faillock/*
check "opened again: login" sddm anna-password
check_equal "$(state anna)" unlocked "unlocks"

# -- an account of a directory --------------------------------------------------------------------
cp -a /etc/nsswitch.conf /run/test-nsswitch
sed -i 's/files$/files extrausers/' /etc/nsswitch.conf
mkdir -p /var/lib/extrausers /run/test-dora
echo 'dora:x:1299:1299::/run/test-dora:/bin/sh' >/var/lib/extrausers/passwd
echo "dora:$(openssl passwd -1 dora-password):19000:0:99999:7:::" >/var/lib/extrausers/shadow
echo 'dora:x:1299:' >/var/lib/extrausers/group
daemon_restart
check "an account of a directory: create" keybag_create dora dora-password
keybagctl lock --full --user dora >/dev/null
check "login" pam login dora dora-password authenticate acct_mgmt setcred open_session close_session
check_equal "$(state dora) $(field dora owner_name)" "unlocked dora" "unlocks"
keybagctl unload --user dora >/dev/null
mv /var/lib/extrausers/passwd /run/test-passwd
check_output "wait until its directory is back" "the directory is away: nothing is done, and nothing is lost" \
	keybagctl load --user 1299
mv /run/test-passwd /var/lib/extrausers/passwd
check "it is back: login" pam login dora dora-password authenticate acct_mgmt setcred open_session close_session
check_equal "$(state dora)" unlocked "unlocks"

# -- a directory that does not answer --------------------------------------------------------------
for uid in $(seq 2001 2033); do
	echo "user$uid:x:$uid:1299::/:/bin/false"
done >>/var/lib/extrausers/passwd
# shellcheck disable=SC2046
check_equal "$(python3 "$here/lib/service_request.py" each create $(seq 2001 2033))" 0 "33 of its accounts have keybags"
keybagctl evict
daemon_stop
mv /var/lib/extrausers/passwd /run/test-passwd
mkfifo /var/lib/extrausers/passwd
chmod 644 /var/lib/extrausers/passwd
daemon_start
# shellcheck disable=SC2046
check_equal "$(python3 "$here/lib/service_request.py" load 1201 $(seq 2001 2033))" "0 5" \
	"33 look-ups that hang: the next user's keybag is loaded all the same, and they are refused"
# With nullok, pam_unix looks an account up that does not exist, and hangs itself.
grep '^auth' /etc/pam.d/common-auth | sed 's/ nullok//' >/etc/pam.d/lightdm
echo 'account required pam_unix.so' >>/etc/pam.d/lightdm
check "a login of a user of this machine" pam lightdm anna anna-password authenticate acct_mgmt setcred
check_equal "$(state anna)" unlocked "unlocks"
rm /var/lib/extrausers/passwd
mv /run/test-passwd /var/lib/extrausers/passwd
daemon_restart
check "the directory is back: so are they" keybagctl load --user 2033
# shellcheck disable=SC2046
python3 "$here/lib/service_request.py" each destroy $(seq 2001 2033) >/dev/null
keybagctl destroy --user dora --yes >/dev/null
rm -rf /var/lib/extrausers/* /run/test-dora
mv /run/test-nsswitch /etc/nsswitch.conf

finish
