#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# The passcode follows the login password when the old one is known, and only then.
. "$(dirname "$0")/lib/stack.sh"
stack_begin
keybag_create anna anna-password

# opens PASSCODE: unlocks a keybag that was locked before
opens() {
	keybagctl lock --full --user anna >/dev/null
	keybagctl unlock --user anna <<<"$1"
}

change() {	# OLD NEW
	python3 "$here/lib/terminal.py" setpriv --reuid anna --regid anna --init-groups passwd -- \
		'urrent password: ' "$1" 'ew password: ' "$2" 'etype new password: ' "$2"
}

check "passwd by the user" change anna-password Second-pass-2
check "the new password is the passcode" opens Second-pass-2
check_status 4 "the old one is not" opens anna-password
check "the login password changed, too" pam login anna Second-pass-2 authenticate

forget
check_output "keybag of anna keeps its own passcode" "passwd by root says that the keybag keeps its passcode" \
	python3 "$here/lib/terminal.py" passwd anna -- 'ew password: ' Third-pass-3 'etype new password: ' Third-pass-3
check "the login password changed" pam login anna Third-pass-3 authenticate
check "the passcode is the old one" opens Second-pass-2
check "the journal says so" logged "old password was not given: the keybag of anna keeps its own passcode"

check_output "your keybag keeps its old passcode" "passwd by the user when the two differ: told" \
	change Third-pass-3 Fourth-pass-4
check "the login password changed" pam login anna Fourth-pass-4 authenticate
check "the passcode is the old one" opens Second-pass-2

# -- the stack's own module fails in its second pass ------------------------------------------------
login_password anna Second-pass-2
# A folder where it writes the new file.
mkdir /etc/nshadow
check_status 10 "passwd fails" change Second-pass-2 Fifth-pass-5
rmdir /etc/nshadow
check "where pam_unix could not write, the login password is the old one" pam login anna Second-pass-2 authenticate
check "and so is the passcode" opens Second-pass-2

# -- expired, and changed in the middle of a login -----------------------------------------------
keybagctl lock --full --user anna >/dev/null
chage -d 0 anna
expired() {	# OLD NEW
	python3 "$here/lib/terminal.py" login anna -- 'assword: ' "$1" \
		'urrent password: ' "$1" 'ew password: ' "$2" 'etype new password: ' "$2" \
		'\$ ' 'keybagctl status; exit'
}
check_output "unlocked" "an expired password changed at login" expired Second-pass-2 Sixth-pass-6
check_equal "$(field anna failures)" 0 "no wrong passcode was counted"
check "the passcode is the new one" opens Sixth-pass-6

# -- set by root, expired, and changed back at login -----------------------------------------------
login_password anna Seventh-pass-7
chage -d 0 anna
check_output "your keybag keeps its old passcode" "changed back to the passcode: told that the passcode did not change" \
	expired Seventh-pass-7 Sixth-pass-6
check_equal "$(field anna failures)" 1 "the other one has counted once"
keybagctl lock --full --user anna
check "the next login" pam login anna Sixth-pass-6 authenticate acct_mgmt setcred
check_equal "$(state anna)" unlocked "opens the keybag: its password was never wrong"

# -- the line by hand beside the profile -----------------------------------------------------------
login_password anna Sixth-pass-6
printf '%s\n' 'password optional pam_keybag.so debug' >>/etc/pam.d/common-password
twice=$(change Sixth-pass-6 Eighth-pass-8 2>&1)
check "passwd with two lines of pam_keybag" test $? = 0
check_equal "$(grep -c 'keeps its old passcode' <<<"$twice")" 0 "nobody is told that the passcode stayed"
check_equal "$(field anna failures)" 0 "the second line counts no wrong passcode"
sed -i '$d' /etc/pam.d/common-password
keybagctl lock --full --user anna
check "the new one opens it" keybagctl unlock --user anna <<<Eighth-pass-8

# -- another name of the same uid ------------------------------------------------------------------
# Its password is the passcode by chance; the keybag is of anna all the same.
useradd -M -d /home/anna -o -u 1201 -g anna -s /bin/bash anna2
login_password anna2 Eighth-pass-8
chage -d 0 anna2
python3 "$here/lib/terminal.py" login anna2 -- 'assword: ' Eighth-pass-8 'urrent password: ' Eighth-pass-8 \
	'ew password: ' Ninth-pass-9 'etype new password: ' Ninth-pass-9 '\$ ' exit >/dev/null
check "a password of another name of the uid changes at login" pam login anna2 Ninth-pass-9 authenticate
check_equal "$(field anna failures)" 0 "no wrong passcode was counted"
check "the passcode is the one it was" opens Eighth-pass-8
userdel anna2

# -- keybagd goes away meanwhile --------------------------------------------------------------------
printf '%s\n' '#!/bin/sh' 'pkill -KILL -x keybagd' 'while pgrep -x keybagd; do sleep 0.05; done' >/run/test-kill
# pam_exec does nothing in the first pass.
sed -i '/pam_keybag/i password optional pam_exec.so seteuid /bin/sh /run/test-kill' /etc/pam.d/common-password
forget
check_output "your keybag keeps its old passcode" "keybagd is killed between the two passes: told" change Eighth-pass-8 Tenth-pass-10
sed -i '/pam_exec/d' /etc/pam.d/common-password
rm /run/test-kill
daemon_start
check "the login password changed" pam login anna Tenth-pass-10 authenticate
check "the passcode is the old one" opens Eighth-pass-8
login_password anna Eighth-pass-8
printf '%s\n' Eighth-pass-8 Eighth-pass-8 | keybagctl passwd --user anna --kdf-memory 16384 --kdf-passes 30 >/dev/null 2>&1
daemon_settled
memory_at_rest=$(memory_locked)
change Eighth-pass-8 Tenth-pass-10 >/run/test-told 2>&1 &
deriving 16384
daemon_kill
wait $!
check_output "could not be learned: try .keybagctl unlock. with the new one, then with the old one" \
	"killed after it has taken the request: told that nobody knows" cat /run/test-told
check_equal "$(grep -c 'keeps its old passcode' /run/test-told)" 0 "and not that the passcode stayed"
rm /run/test-told
daemon_start
check "the next change takes the old one" keybagctl passwd --user anna --kdf-memory 64 --kdf-passes 1 \
	<<<$'Eighth-pass-8\nTenth-pass-10'

# -- nothing to change -----------------------------------------------------------------------------
forget
check "passwd by a user without a keybag" python3 "$here/lib/terminal.py" setpriv --reuid ben --regid ben \
	--init-groups passwd -- 'urrent password: ' ben-password 'ew password: ' Other-pass-7 'etype new password: ' Other-pass-7
check_equal "$(times_logged pam_keybag)" 0 "nothing is reported"

finish
