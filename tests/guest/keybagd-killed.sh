#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: timeout=900
#
# keybagd killed -9 at any point: after a start everything is as before or as it was going to be, and
# clients go on by themselves.
. "$(dirname "$0")/keybags.sh"
keybags_begin

bags=/var/lib/keybag/bags

kill_daemon() {
	pkill -KILL -x keybagd
	while daemon_running; do sleep 0.05; done
}

# restart_later: killed now, started again while others are waiting for it
restart_later() {
	kill_daemon
	( sleep 1; daemon_start ) &
}

# leftovers: files that are neither the keybags' nor their records'
leftovers() {
	find $bags -type f ! -name '*.keybag' ! -name '*.tries' ! -name '*.owner'
}

# killed_at N SYSCALLS COMMAND…: the daemon is killed at its Nth call of one of these; started again.
# Fails when it was never called that often.
killed_at() {
	local count=$1 calls=$2 tracer killed=1
	shift 2
	strace -f -q -o /dev/null -e "trace=$calls" -e "inject=$calls:signal=KILL:when=$count" \
		-p "$(pgrep -x keybagd)" &
	tracer=$!
	until grep -q "TracerPid:	$tracer" /proc/"$(pgrep -x keybagd)"/status; do sleep 0.02; done
	( while daemon_running; do sleep 0.05; done; daemon_start ) &
	local starter=$!
	"$@"
	if kill $tracer 2>/dev/null; then
		killed=0
		kill $starter
	fi
	wait $tracer $starter 2>/dev/null
	[ $killed = 1 ]
}

as anna keybagctl create --kdf-memory 64 --kdf-passes 1 <<<first >/dev/null 2>&1
echo secret | as anna keybagctl wrap --class ak --out "$work/ak"
uuid=$(field anna uuid)
opens() {
	[ "$(as anna keybagctl unwrap --in "$work/ak" 2>/dev/null)" = secret ]
}

as anna keybagctl watch >"$work/watched" &
watch=$!
sleep 0.5
kill_daemon
check "without the daemon an open keybag stays open" opens
check_status 10 "its absence has a status of its own" as anna keybagctl lock
daemon_start
check_equal "$(state anna)" unlocked "a new daemon finds it open"
check "and can lock it" as anna keybagctl lock
check_status 3 "it is locked" as anna keybagctl unwrap --in "$work/ak"
sleep 0.5
check_output "locked, reason request" "who watches was connected again" cat "$work/watched"
kill $watch
restart_later
check "a client waits for the daemon to come back" as anna keybagctl unlock <<<first
check "unlocked" opens

as anna keybagctl passwd --kdf-memory 8192 --kdf-passes 20 <<<$'first\nslow' >/dev/null 2>&1
as anna keybagctl lock
as anna keybagctl unlock <<<slow &
unlock=$!
sleep 0.5
restart_later
check "killed while a passcode was being tried: the client repeats it" wait $unlock
check_equal "$(state anna) $(field anna failures)" "unlocked 0" "it is unlocked, and nothing is counted"
as anna keybagctl lock
as anna keybagctl unlock <<<slow &
unlock=$!
sleep 0.5
check "a lock does not wait for the KDF" as anna keybagctl lock
check_equal "$(state anna)" locked "it is locked while the KDF still runs"
wait $unlock
check_equal "$? $(state anna) $(field anna failures)" "1 locked 0" "the try comes to nothing, uncounted"
as anna keybagctl passwd --kdf-memory 64 --kdf-passes 1 <<<$'slow\nfirst' >/dev/null 2>&1
as anna keybagctl unlock <<<first

# which PASSCODE…: those that open, and how many there are
which() {
	local passcode opened=""
	for passcode; do
		keybagctl lock --full --user anna
		! keybagctl unlock --user anna <<<"$passcode" >/dev/null 2>&1 || opened="$opened $passcode"
		# A wrong one in between does not add up.
	done
	echo $opened
}

sites=renameat,linkat,unlinkat,fsync,fdatasync,ioctl,pwrite64
passcode=first
outcomes=""
for count in $(seq 60); do
	killed_at "$count" $sites as anna keybagctl passwd --kdf-memory 64 --kdf-passes 1 \
		<<<"$passcode"$'\n'"code-$count" >/dev/null 2>&1 || break
	opened=$(which "$passcode" "code-$count")
	case $opened in
	"$passcode") outcomes=${outcomes}o ;;
	"code-$count") outcomes=${outcomes}n ;;
	*)
		outcomes="$outcomes[$count:$opened]"
		break
		;;
	esac
	passcode=$opened
	if [ -n "$(leftovers)" ] || ! opens; then
		outcomes="$outcomes[$count:$(leftovers)]"
		break
	fi
done
diagnose "change of passcode, killed at each of $((count - 1)) calls: $outcomes"
check_output '^o+n+$' "a change that is cut off is made or not made, nothing in between" echo "$outcomes"
check "it was cut off at many places" test "$count" -gt 10

# The first daemon's change is the kernel's when the second one starts.
outcomes=""
for count in $(seq 60); do
	keybagctl destroy --user ben --yes >/dev/null 2>&1
	killed_at "$count" $sites as ben keybagctl create --kdf-memory 64 --kdf-passes 1 <<<ben \
		>/dev/null 2>&1 || break
	case $(keybagctl status --user ben --json 2>/dev/null | jq -r .loaded) in
	true) as ben keybagctl unlock <<<ben >/dev/null 2>&1 && outcomes=${outcomes}n ;;
	"") outcomes=${outcomes}o ;;
	*) outcomes="$outcomes[$count]" ;;
	esac
	[ -z "$(leftovers)" ] || outcomes="$outcomes[$count: $(leftovers)]"
done
diagnose "create, killed at each of $((count - 1)) calls: $outcomes"
check_output '^o+n*$' "a keybag that is being made is there or not" echo "$outcomes"
check "it was cut off at many places" test "$count" -gt 6

outcomes=""
for count in $(seq 60); do
	keybagctl status --user ben >/dev/null 2>&1 || keybag_create ben ben
	killed_at "$count" $sites keybagctl destroy --user ben --yes >/dev/null 2>&1 || break
	if keybagctl status --user ben >/dev/null 2>&1; then
		keybagctl unlock --user ben <<<ben >/dev/null 2>&1 && outcomes=${outcomes}o
	else
		[ "$(find $bags -type f | wc -l)" = 3 ] && outcomes=${outcomes}n
	fi
done
diagnose "destroy, killed at each of $((count - 1)) calls: $outcomes"
check_output '^o+n+$' "a keybag that is being destroyed is whole or gone" echo "$outcomes"

check_equal "$(ls $bags | sed 's/.*\.//' | sort | tr '\n' ' ')" "keybag owner tries " "no file is left over"
check_equal "$(field anna uuid)" "$uuid" "it is still the same keybag"
check "and opens what was sealed first" opens
finish
