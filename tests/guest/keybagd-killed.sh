#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1 timeout=3600
#
# keybagd killed -9 at any point: after a start everything is as before or as it was going to be, and
# clients go on by themselves.
. "$(dirname "$0")/keybags.sh"
keybags_begin

bags=/var/lib/keybag/bags

# leftovers: files that are neither the keybags' nor their records'
leftovers() {
	find $bags -type f ! -name '*.keybag' ! -name '*.tries' ! -name '*.owner'
}

# killed_at CALL N COMMAND…: a thread of the daemon is killed at its Nth call of that name, and the daemon
# with it; then it is started again. Fails when it was never called that often.
killed_at() {
	local call=$1 count=$2 tracer starter daemon
	shift 2
	daemon=$(pgrep -x keybagd)
	strace -f -q -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$count" -p "$daemon" &
	tracer=$!
	until grep -q "TracerPid:	$tracer" "/proc/$daemon/status"; do sleep 0.02; done
	( while alive "$daemon"; do sleep 0.05; done; daemon_start ) &
	starter=$!
	killed_command=0
	"$@" || killed_command=$?
	# What it does after it has answered, it may be killed at, too.
	daemon_settled
	kill $tracer 2>/dev/null
	wait $tracer 2>/dev/null
	if alive "$daemon"; then
		kill $starter
		wait $starter 2>/dev/null
		# Past the last such call it has to succeed.
		[ $killed_command = 0 ] || outcome="$outcome[failed: $killed_command]"
		return 1
	fi
	wait $starter 2>/dev/null
	return 0
}

# each_place FUNCTION: calls FUNCTION CALL N for every call that could leave something half done. It ends
# with 0 when the daemon was killed there, and has then added to $outcome: o (as before), n (as it was
# going to be) or something else. $outcomes has them all, $places their number.
each_place() {
	local call count
	outcomes=""
	places=0
	for call in ioctl pwrite64 write fdatasync fsync linkat renameat unlinkat openat; do
		outcome=""
		for count in $(seq 30); do
			"$1" $call "$count" || break
			places=$((places + 1))
			[ -z "$(leftovers)" ] || outcome="$outcome[left over: $(leftovers)]"
		done
		outcomes="$outcomes $call:$outcome"
	done
	diagnose "$places places:$outcomes"
}

as anna keybagctl create --kdf-memory 64 --kdf-passes 1 <<<first >/dev/null 2>&1
echo secret | as anna keybagctl wrap --class ak --out "$work/ak"
uuid=$(field anna uuid)
opens() {
	[ "$(as anna keybagctl unwrap --in "$work/ak" 2>/dev/null)" = secret ]
}

setpriv --reuid anna --regid anna --init-groups keybagctl watch >"$work/watched" &
watch=$!
watching $watch
daemon_kill
check "without the daemon an open keybag stays open" opens
check_status 10 "its absence has a status of its own" as anna keybagctl lock
daemon_start
check_equal "$(state anna)" unlocked "a new daemon finds it open"
watching $watch
check "and can lock it" as anna keybagctl lock
check_status 3 "it is locked" as anna keybagctl unwrap --in "$work/ak"
check "who watches was connected again" soon grep -q "locked, reason request" "$work/watched"
kill $watch
# Clients wait 10 s for it: on a machine so busy that this is not enough, nothing was tested.
absent() {
	begin=$SECONDS
	daemon_kill
}
present() {
	daemon_start
	away=$((SECONDS - begin))
}
for try in 1 2 3 4 5; do
	rm -f "$work/calls"
	absent
	as anna strace -q -o "$work/calls" -e trace=connect keybagctl unlock <<<first &
	unlock=$!
	soon grep -q ECONNREFUSED "$work/calls"
	present
	wait $unlock
	status=$?
	[ $status != 0 ] && [ $away -ge 8 ] || break
	diagnose "try $try: the daemon was away for $away s"
done
check_equal "$status" 0 "a client waits for the daemon to come back"
check "unlocked" opens

as anna keybagctl passwd --kdf-memory 8192 --kdf-passes 30 <<<$'first\nslow' >/dev/null 2>&1
for try in 1 2 3 4 5; do
	as anna keybagctl lock
	memory_at_rest=$(memory_locked)
	as anna keybagctl unlock <<<slow &
	unlock=$!
	deriving 8192
	absent
	present
	wait $unlock
	status=$?
	[ $status != 0 ] && [ $away -ge 8 ] || break
	diagnose "try $try: the daemon was away for $away s"
done
check_equal "$status $(state anna) $(field anna failures)" "0 unlocked 0" \
	"killed while a passcode was being tried: the client repeats it, nothing is counted"
as anna keybagctl lock
memory_at_rest=$(memory_locked)
as anna keybagctl unlock <<<slow &
unlock=$!
deriving 8192
check "a lock does not wait for the KDF" as anna keybagctl lock
check_equal "$(state anna)" locked "it is locked while the KDF still runs"
wait $unlock
check_equal "$? $(state anna) $(field anna failures)" "1 locked 0" "the try comes to nothing, uncounted"
as anna keybagctl passwd --kdf-memory 64 --kdf-passes 1 <<<$'slow\nfirst' >/dev/null 2>&1
as anna keybagctl unlock <<<first

# which PASSCODE…: those that open; it is open afterwards, if there is one
which() {
	local passcode opened=""
	for passcode; do
		keybagctl lock --full --user anna
		! keybagctl unlock --user anna <<<"$passcode" >/dev/null 2>&1 || opened="$opened $passcode"
	done
	keybagctl unlock --user anna <<<"${opened# }" >/dev/null 2>&1
	echo $opened
}

# The passcode is $passcode; what is done at a place goes into $outcome.
passcode=first
change_at() {
	local opened
	if ! killed_at "$@" as anna keybagctl passwd --kdf-memory 64 --kdf-passes 1 \
		<<<"$passcode"$'\n'"$passcode+" >/dev/null 2>&1; then
		passcode="$passcode+"
		return 1
	fi
	opened=$(which "$passcode" "$passcode+")
	case $opened in
	"$passcode") outcome=${outcome}o ;;
	"$passcode+") outcome=${outcome}n ;;
	*) outcome="$outcome[$opened]" ;;
	esac
	passcode=$opened
	opens || outcome="$outcome[sealed is lost]"
}
each_place change_at
check_output '^( [a-z0-9]+:[on]*)+$' "a change that is cut off is made or not made, nothing in between" \
	echo "$outcomes"
check "at all the places there are" test $places -gt 20

create_at() {
	keybagctl destroy --user ben --yes >/dev/null 2>&1
	killed_at "$@" as ben keybagctl create --kdf-memory 64 --kdf-passes 1 <<<ben >/dev/null 2>&1 || return
	case $(keybagctl status --user ben --json 2>/dev/null | jq -r .loaded) in
	true) as ben keybagctl unlock <<<ben >/dev/null 2>&1 && outcome=${outcome}n ;;
	"") outcome=${outcome}o ;;
	*) outcome="$outcome[not loaded]" ;;
	esac
}
each_place create_at
check_output '^( [a-z0-9]+:[on]*)+$' "a keybag that is being made is there or not" echo "$outcomes"
check "at all the places there are" test $places -gt 15

destroy_at() {
	keybagctl status --user ben >/dev/null 2>&1 || keybag_create ben ben
	killed_at "$@" keybagctl destroy --user ben --yes >/dev/null 2>&1 || return
	if keybagctl status --user ben >/dev/null 2>&1; then
		keybagctl unlock --user ben <<<ben >/dev/null 2>&1 && outcome=${outcome}o
	elif [ "$(find $bags -type f | wc -l)" = 3 ]; then
		outcome=${outcome}n
	fi
}
each_place destroy_at
check_output '^( [a-z0-9]+:[on]*)+$' "a keybag that is being destroyed is whole or gone" echo "$outcomes"
check "at all the places there are" test $places -gt 12
keybagctl destroy --user ben --yes >/dev/null 2>&1

check_equal "$(ls $bags | sed 's/.*\.//' | sort | tr '\n' ' ')" "keybag owner tries " "no file is left over"
check_equal "$(field anna uuid)" "$uuid" "it is still the same keybag"
check "and opens what was sealed first" opens
finish
