#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1 timeout=1200
#
# keybagd killed -9: after a start everything is as before or as it was going to be, and clients go on by
# themselves. Here at some places of a change; keybagd-killed-all.sh goes through all of them.
. "$(dirname "$0")/lib/killed.sh"

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
# Nobody reads what it prints, and there is no daemon that would wake it.
mkfifo "$work/unread"
until [ -e "$work/over" ]; do sleep 0.1; done <"$work/unread" &
setpriv --reuid anna --regid anna --init-groups keybagctl watch >"$work/unread" &
watch=$!
watching $watch
daemon_kill
sleep 2
touch "$work/over"
check "who watches for nobody ends, also while keybagd is away" eval 'timeout 60 tail --pid=$watch -f /dev/null'
daemon_start
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

kill_calls="ioctl fdatasync renameat unlinkat"
kill_counts="1 3 9"
kill_everywhere 5 4 4
finish
