#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# Requests of a login to keybagd: one in each of its steps, and the form of the keybag is read once. Then module and daemon
# of two releases, as an upgrade has them for a moment.
. "$(dirname "$0")/lib/stack.sh"
stack_begin
keybag_create anna anna-password
printf '@include common-%s\n' auth account >/etc/pam.d/swaylock

relock() {
	keybagctl lock --user anna "$@" >/dev/null 2>&1
}

# asked COMMAND…: the requests of a PAM host, in their order, as the field "op" of the message has them
asked() {
	"$@" >/dev/null 2>&1
	grep -oE 'bop[a-z](ticket-new|ticket-redeem|load|status|settings|unlock|create)' /run/test-calls/sent |
		cut -c 5- | tr '\n' ' '
}
mkdir -m 1777 /run/test-calls
# The host itself, not the set-uid helper of pam_unix that it starts.
tracing=(strace -qq -s 256 -e trace=sendmsg -o /run/test-calls/sent)

host() {	# USER OPERATION…
	local user=$1
	shift
	: >/run/test-calls/sent
	chmod 666 /run/test-calls/sent
	"${tracing[@]}" pamtester login "$user" "$@" <<<"$user-password"
}

locker() {	# PASSWORD
	: >/run/test-calls/sent
	chmod 666 /run/test-calls/sent
	as anna "${tracing[@]}" pamtester swaylock anna authenticate <<<"$1"
}

# -- requests ------------------------------------------------------------------------------------
relock --full
check_equal "$(asked host anna authenticate)" "ticket-new " "a password is handed over in one request"
check_equal "$(asked host anna authenticate acct_mgmt setcred)" "ticket-new ticket-redeem " "the credentials are another"
check_equal "$(state anna)" unlocked "they unlock"
check_equal "$(asked host anna authenticate acct_mgmt setcred open_session)" "ticket-new ticket-redeem ticket-redeem " \
	"the session is one more; of a keybag that is open, too"
check_equal "$(asked host ben authenticate)" "ticket-new " "a user without a keybag: one"

relock
check_equal "$(asked locker anna-password)" "unlock " "a screen locker: one"
check_equal "$(state anna) $(field anna reason)" "unlocked screen" "it unlocks"
seq=$(field anna state_seq)
check_equal "$(asked locker anna-password) $(field anna state_seq)" "unlock  $seq" "one that finds it open: one, and nothing happens"

daemon_settings 'create = login'
check_equal "$(asked host ben authenticate acct_mgmt setcred open_session)" "ticket-new create unlock " \
	"'create = login': the answer that there is no keybag says so"
check_equal "$(state ben)" unlocked "it is made"

# -- an open keybag is not tried -------------------------------------------------------------------
# unlock USER PASSWORD: if it is closed; the errno
unlock() {
	python3 "$here/lib/service_request.py" unlock "$(id -u "$1")" "$2" $((1 << 20 | 1 << 17))
}
check_equal "$(unlock anna wrong) $(field anna failures)" "114 0" "open: a wrong passcode is not tried"
check_equal "$(unlock anna anna-password)" 114 "the right one neither"
relock
check_equal "$(unlock anna wrong) $(field anna failures)" "129 1" "closed: it is, and counts"
check_equal "$(unlock anna anna-password) $(state anna)" "0 unlocked" "the right one opens"

login_password anna other-password
locker other-password >/dev/null 2>&1
check_equal "$(state anna) $(field anna failures)" "unlocked 0" \
	"a screen lock over an open keybag whose passcode is not the login password: nothing counts"
login_password anna anna-password

# -- the form --------------------------------------------------------------------------------------
# reading COMMAND…: how often keybagd opens the file of a form, and reads it from the kernel (command 0x13), meanwhile
reading() {
	local tracer
	daemon_find
	strace -f -qq -e trace=openat,ioctl -o /run/test-calls/daemon -p "$daemon" &
	tracer=$!
	until grep -q '^TracerPid:.[1-9]' "/proc/$daemon/status"; do sleep 0.05; done
	"$@" >/dev/null 2>&1
	kill -INT $tracer
	wait $tracer
	echo "$(grep -c '\.keybag"' /run/test-calls/daemon) $(grep -c '0xbd, 0x13,' /run/test-calls/daemon)"
}
login=(pam login anna anna-password authenticate acct_mgmt setcred open_session)

relock
check_equal "$(reading "${login[@]}") $(state anna)" "0 0 unlocked" "a login to a loaded keybag reads no form at all"
keybagctl unload --user anna >/dev/null
check_equal "$(reading "${login[@]}") $(state anna)" "1 0 unlocked" "to one that is not: the file, once"

# Knowledge of a form is of that one only.
relock
printf '%s\n' anna-password second-password | keybagctl passwd --user anna --kdf-memory 128 --kdf-passes 1 >/dev/null 2>&1
relock
check "after a change of passcode the new one opens" keybagctl unlock --user anna <<<second-password
keybagctl unload --user anna >/dev/null
login_password anna second-password
pam login anna second-password authenticate acct_mgmt setcred >/dev/null
check_equal "$(state anna) $(field anna failures)" "unlocked 0" "at a login, loaded again, too"
printf '%s\n' second-password anna-password | keybagctl passwd --user anna --kdf-memory 64 --kdf-passes 1 >/dev/null 2>&1
login_password anna anna-password

# -- an upgrade: the new module, the daemon of before --------------------------------------------------
python3 "$here/lib/keybagd_of_before.py" >/run/test-calls/before &
before=$!
soon grep -q ready /run/test-calls/before
relock --full
forget
pam login anna anna-password authenticate acct_mgmt setcred open_session >/dev/null
check_equal "$(state anna) $(field anna reason)" "unlocked login" "the daemon of before: a login unlocks"
check "a ticket is ready" logged "a ticket for the keybag of anna is ready"
relock
pam swaylock anna anna-password authenticate >/dev/null
check_equal "$(state anna) $(field anna reason)" "unlocked screen" "so does a locker"
login_password anna other-password
pam swaylock anna other-password authenticate >/dev/null
check_equal "$(state anna) $(field anna failures)" "unlocked 0" "which tries nothing while it is open"
login_password anna anna-password
keybagctl destroy --user ben --yes >/dev/null
check "a user without a keybag logs in" pam login ben ben-password authenticate acct_mgmt setcred open_session
check_status 9 "whose keybag is made by the next login" keybagctl status --user ben
check "and may have a locker" pam swaylock ben ben-password authenticate
keybagctl create --user ben --no-passcode >/dev/null
check "so may one whose keybag has no passcode" pam swaylock ben ben-password authenticate
check "and log in" pam login ben ben-password authenticate acct_mgmt setcred open_session
kill $before
wait $before

# -- and the module of before, with the new daemon ---------------------------------------------------
relock --full
check_equal "$(python3 "$here/lib/service_request.py" before 1201 anna-password)" \
	"load 0 loaded state uuid, ticket-new 0 ticket, ticket-redeem 0 state, ticket-redeem 0 state, unlock 0 state" \
	"what the module of before asks is answered as before"
check_equal "$(state anna)" unlocked "it unlocks"
relock
pam login ben ben-password authenticate acct_mgmt setcred >/dev/null
check_equal "$(times_logged 'pam_keybag.*(cannot|stays closed)')" 0 "nobody was told of any trouble"

# -- a form that keybagd has not seen ------------------------------------------------------------------
uuid=$(field anna uuid)
python3 "$here/lib/foreign_form.py" "$uuid" 1201 /run/test-calls/form /etc/keybag/device.key >/dev/null
python3 "$here/lib/load_behind.py" "$uuid" /run/test-calls/form
keybagctl load --user anna >/dev/null
check_equal "$(field anna kdf.memory_kib) $(field anna bag_generation)" "1024 $((1 << 40))" \
	"another generation that is in effect is read"

rm -rf /run/test-calls
finish
