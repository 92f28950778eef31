#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Users neither see nor disturb each other, whatever they send.
. "$(dirname "$0")/lib/keybags.sh"
keybags_begin

cheap="--kdf-memory 64 --kdf-passes 1"
as anna keybagctl create $cheap <<<anna >/dev/null 2>&1
as ben keybagctl create $cheap <<<ben >/dev/null 2>&1
uuid=$(field anna uuid)
nobody=00000000-0000-4000-8000-000000000000

for command in status unlock lock passwd load destroy\ --yes recovery\ refuse watch; do
	check_status 8 "ben: $command of anna's" as ben keybagctl $command --user anna <<<anna
	check_status 9 "ben: $command by its UUID" as ben keybagctl $command --uuid "$uuid" <<<anna
	check_equal "$(as ben keybagctl $command --uuid "$uuid" 2>&1 <<<anna)" \
		"$(as ben keybagctl $command --uuid $nobody 2>&1 <<<anna)" "ben: $command: is told nothing"
done
for command in unload evict "lock --all" "status --system" "create --system"; do
	check_status 8 "$command is for root" as ben keybagctl $command </dev/null
done
check_status 8 "create for another" as ben keybagctl create --user anna $cheap <<<ben
check_status 8 "data of another" as ben keybagctl wrap --user anna --class dk --out "$work/x" <<<x
check_status 8 "data of the system" as ben keybagctl wrap --system --class dk --out "$work/x" <<<x
check_equal "$(as ben keybagctl list | wc -l) $(keybagctl list | wc -l)" "1 2" "list: one's own, root all"
check_equal "$(state anna) $(field anna failures)" "unlocked 0" "anna's is as it was"

setpriv --reuid ben --regid ben --init-groups keybagctl watch --json >"$work/watched" &
watch=$!
keybagctl watch --json >"$work/all" &
watch_all=$!
watching $watch $watch_all
as anna keybagctl lock
as ben keybagctl lock
soon grep -q '"owner":1302' "$work/watched"
soon grep -q '"owner":1301' "$work/all"
soon grep -q '"owner":1302' "$work/all"
kill $watch $watch_all
check_equal "$(jq -r .owner "$work/watched" | sort -u)" 1302 "watch: one's own"
check_equal "$(jq -r .owner "$work/all" | sort -u | tr '\n' ' ')" "1301 1302 " "watch: root all"
check_output '"state":"locked","reason":"request"' "with the reason" cat "$work/watched"

keybagctl watch --json >"$work/all" &
watch_all=$!
watching $watch_all
check "a keybag that is locked is destroyed with its passcode" as ben keybagctl destroy --yes <<<ben
soon grep -q '"state":"gone"' "$work/all"
kill $watch_all
check_equal "$(grep -c '"state":"unlocked"' "$work/all")" 0 "and not opened for that"
as ben keybagctl create $cheap <<<ben >/dev/null 2>&1

check_status 8 "a user namespace" as ben unshare --user --map-root-user keybagctl status
check_output "user namespace" "is told why" as ben unshare --user keybagctl status
check_status 8 "and the device says no, too" \
	as ben unshare --user --map-root-user keybagctl wrap --class dk --out "$work/x" <<<x

check "requests no client would send" as ben python3 "$here/lib/keybagd-abuse.py" garbage
check "secrets that are none" as ben python3 "$here/lib/keybagd-abuse.py" secrets
check "descriptors whose last close takes its time" as ben python3 "$here/lib/keybagd-abuse.py" descriptors

# Descriptors that never close. What the sender closes itself does.
used() { echo "$(find /proc/$daemon/task -mindepth 1 -maxdepth 1 | wc -l) $(find /proc/$daemon/fd -mindepth 1 | wc -l)"; }
python3 "$here/lib/stuck_files.py" "$work/stuck-files" 1302 >"$work/mounted" &
stuck=$!
soon grep -q mounted "$work/mounted"
daemon_settled
read -r threads_before files_before <<<"$(used)"
check "descriptors that never close: there is an end to them" \
	as ben python3 "$here/lib/keybagd-abuse.py" stuck "$work/stuck-files/file"
check "meanwhile anna can work" as anna keybagctl unlock <<<anna
check "and root" keybagctl status --user anna
read -r threads files <<<"$(used)"
diagnose "threads $threads_before to $threads, files $files_before to $files"
check "they take a thread or two" test "$threads" -le $((threads_before + 2))
check "and 256 descriptors, with those of one message and of the connections that were refused" \
	test "$files" -le $((files_before + 256 + 253 + 100))
# Its sender cannot end before the memory it waits for is gone.
as anna python3 "$here/lib/keybagd-abuse.py" locked "$work/stuck-files/file" >"$work/locked" &
check "a socket that is locked for ever" soon grep -q served "$work/locked"
stuck_daemon=$daemon
kill -KILL "$stuck_daemon"
soon grep -q '^State:.Z' "/proc/$stuck_daemon/status"
check "killed, it cannot end" alive "$stuck_daemon"
"$KEYBAGD" >>/run/keybagd.log 2>&1 &
daemon=$!
disown
check "another one starts all the same" soon keybagctl status --user anna
check "and anna can work" as anna keybagctl unlock <<<anna
umount -l "$work/stuck-files"
kill $stuck
wait $stuck 2>/dev/null
daemon_settled
check "closed at last: ben is let in again" as ben keybagctl status
check "connections: 32, and then no more" as ben python3 "$here/lib/keybagd-abuse.py" connections
check "large files of nothing" as ben python3 "$here/lib/keybagd-abuse.py" sparse
check "connections that say nothing" as ben python3 "$here/lib/keybagd-abuse.py" silent
setpriv --reuid ben --regid ben --init-groups python3 "$here/lib/keybagd-abuse.py" hold 40 >"$work/held" &
hold=$!
soon grep -q held "$work/held"
daemon_settled
check "meanwhile anna can work" as anna keybagctl unlock <<<anna
check "and lock" as anna keybagctl lock
check_status 1 "ben cannot, and is told to close some" as ben keybagctl status
# The daemon refuses before it reads what it is asked, and a request may be there by then or not.
for command in status lock timeout "recovery add"; do
	for i in 1 2 3; do
		as ben keybagctl $command <<<ben 2>&1
	done
done >"$work/refusals"
check_equal "$(sort "$work/refusals" | uniq -c | tr -s ' ')" " 12 keybagctl: too many connections to keybagd: close some of them" \
	"by each command, each time"
kill $hold
wait $hold 2>/dev/null
daemon_settled
check "until he has" as ben keybagctl status

as ben keybagctl passwd --kdf-memory 16384 --kdf-passes 30 <<<$'ben\nslow' >/dev/null 2>&1
memory_at_rest=$(memory_locked)
for i in $(seq 12); do
	as ben keybagctl unlock <<<"wrong" >>"$work/slow" 2>&1 &
done
deriving 16384
start=$(date +%s%N)
check "while ben has many expensive tries, anna locks at once" as anna keybagctl lock
took=$((($(date +%s%N) - start) / 1000000))
diagnose "lock took $took ms"
check "and so does ben" as ben keybagctl lock
check "anna unlocks" as anna keybagctl unlock <<<anna
check "after one of ben's tries, not after all" test -n "$(jobs -r)"
wait

useradd -u 1303 carl
half=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 16 - 1))
for uid in 1302 1303; do
	keybagctl destroy --user $uid --yes >/dev/null 2>&1
	setpriv --reuid $uid --clear-groups keybagctl create --kdf-memory $half --kdf-passes 1 <<<$uid >/dev/null 2>&1
done
read -r error before <<<"$(python3 "$here/lib/service_request.py" crowd 1301 anna 1302 1303)"
diagnose "errno of the login, tries done before it, their errnos: $error $before"
check_equal "$error" 0 "a login while two users have all the memory at work, and more tries waiting"
check "is not behind what waits" test "${before% *}" -le 2
check_equal "${before#* }" 0 "which all come to their end"
check_output "memory times passes" "what would take minutes is for root to ask for" \
	as ben keybagctl passwd --kdf-memory $half --kdf-passes 100 <<<$'1302\n1302'
keybagctl destroy --user carl --yes >/dev/null
userdel -r carl 2>/dev/null
check_output "requests wait already" "of ben's, too many at a time were refused" cat "$work/slow"
check "the daemon is the same" test -n "$(pgrep -x keybagd)"
finish
