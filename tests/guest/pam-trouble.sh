#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# Whatever is wrong with the keybag or with keybagd, a login succeeds, soon.
. "$(dirname "$0")/lib/stack.sh"
stack_begin
keybag_create anna anna-password

LIMIT=10000	# ms: 5 s for a daemon that does not answer, twice

login_steps=(authenticate acct_mgmt setcred open_session close_session)

login() {
	pam login anna anna-password "${login_steps[@]}"
}

# waited: ms that a login sleeps or waits in vain, as it asks the kernel to, whatever a busy machine adds
waited() {
	strace -f -qq -o /run/test-calls -e trace=poll,ppoll,nanosleep,clock_nanosleep,pselect6 \
		pamtester login anna "${login_steps[@]}" <<<anna-password >/dev/null 2>&1
	sed -nE '/TIMER_ABSTIME/d; s/.*tv_sec=([0-9]+), tv_nsec=([0-9]+)\}.*= 0( \(Timeout\))?$/\1 \2/p' /run/test-calls |
		awk '{ sum += $1 * 1000 + $2 / 1000000 } END { print int(sum + 0.5) }'
	rm -f /run/test-calls
}

relock() {
	keybagctl lock --user anna "$@" >/dev/null
}

# -- throttled ---------------------------------------------------------------------------------------
relock --full
for i in $(seq 20); do
	keybagctl unlock --user anna <<<"wrong-$i" >/dev/null 2>&1
	[ $? != 5 ] || break
done
failures=$(field anna failures)
check_output "Your keybag stays closed after too many wrong passcodes" "throttled: login succeeds and says so" login
check_equal "$(state anna) $(field anna failures)" "before first unlock $failures" "nothing was tried or counted"
check "the journal says so" logged "too many wrong passcodes, next try in [0-9]+ s"
keybagctl destroy --user anna --yes >/dev/null
keybag_create anna anna-password

# -- keybagd hangs -----------------------------------------------------------------------------------
relock --full
pkill -STOP -x keybagd
forget
check "keybagd stopped: login succeeds" login
check "the journal says why the keybag stays closed" logged "keybagd did not answer in time"
waited=$(waited)
diagnose "a login waits $waited ms"
check "it waits for keybagd" test "$waited" -gt 1000
check "but not longer than $LIMIT ms" test "$waited" -le $LIMIT
check "su succeeds" as ben python3 "$here/lib/terminal.py" su anna -c true -- 'assword: ' anna-password
check "passwd succeeds" python3 "$here/lib/terminal.py" setpriv --reuid ben --regid ben --init-groups passwd -- \
	'urrent password: ' ben-password 'ew password: ' Other-pass-7 'etype new password: ' Other-pass-7
pkill -CONT -x keybagd
check "after that it unlocks again" login
check_equal "$(state anna)" unlocked "as if nothing had been"

# -- keybagd hangs between authentication and session ---------------------------------------------
relock
stack_options "debug timeout=600"
printf '%s\n' 'auth optional pam_exec.so seteuid /usr/bin/pkill -STOP -x keybagd' >>/etc/pam.d/common-auth
forget
check "keybagd stopped after authentication: login succeeds" login
check "the journal says why" logged "cannot unlock the keybag of anna: keybagd did not answer in time"
sed -i '/pam_exec/d' /etc/pam.d/common-auth
stack_options debug
pkill -CONT -x keybagd

# -- keybagd hangs between authentication and the session that makes a keybag ---------------------
# The login has given up and zeroed the passcode that it sent: nothing is made of the zeroes.
keybagctl destroy --user anna --yes >/dev/null
daemon_settings 'create = login'
sed -i '1i session optional pam_exec.so seteuid /usr/bin/pkill -STOP -x keybagd' /etc/pam.d/common-session
# The host lives on, as that of a login does: of one that has ended keybagd takes nothing.
printf 'session optional pam_exec.so %s\n' 'seteuid /usr/bin/pkill -CONT -x keybagd' '/usr/bin/sleep 3' >>/etc/pam.d/common-session
forget
check "keybagd stopped before the session: login succeeds" login
sed -i '/pam_exec/d' /etc/pam.d/common-session
pkill -CONT -x keybagd
# Requests have their turn: the answer to this one comes after the one that was given up.
check_status 9 "no keybag is made of what was given up" keybagctl status --user anna
sleep 1
check_status 9 "nor later" keybagctl status --user anna
daemon_settings
keybag_create anna anna-password

# -- keybagd is killed and not there --------------------------------------------------------------
relock
daemon_kill
forget
check "no keybagd: login succeeds" login
check "and waits no longer than $LIMIT ms" test "$(waited)" -le $LIMIT
check "the journal says why" logged "pam_keybag\(login:auth\): cannot prepare to unlock the keybag of anna: keybagd does not run"
check_status 1 "a wrong password is refused all the same" pam login anna wrong authenticate
daemon_start
check "after its start login succeeds" login
check_equal "$(state anna)" unlocked "and unlocks"

# -- a ticket does not outlive its daemon ---------------------------------------------------------
relock
printf '%s\n' 'auth optional pam_exec.so seteuid /usr/bin/pkill -KILL -x keybagd' >>/etc/pam.d/common-auth
check "keybagd killed after authentication: login succeeds" login
sed -i '/pam_exec/d' /etc/pam.d/common-auth
daemon_start
check_equal "$(state anna) $(field anna failures)" "locked 0" "nothing was tried or counted"

# -- the keybag is damaged ------------------------------------------------------------------------
file=$(field anna path)
keybagctl unload --user anna >/dev/null
cp -a "$file" /run/test-keybag
flip "$file" 100
check_output "Your keybag cannot be used" "a damaged keybag: login succeeds and says so" login
cp -a /run/test-keybag "$file"
check "mended, it unlocks at login" login
check_equal "$(state anna)" unlocked "as if nothing had been"

finish
