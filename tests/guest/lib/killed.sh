# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For tests that kill keybagd -9 at the places where something could be left half done: while a passcode is
# changed, a keybag is made, one is destroyed.

. "$(dirname "$0")/lib/keybags.sh"
keybags_begin

bags=/var/lib/keybag/bags

# leftovers: files that are neither the keybags' nor their records'
leftovers() {
	find $bags -type f ! -name '*.keybag' ! -name '*.tries' ! -name '*.owner'
}

# killed_at CALL N COMMAND…: a thread of the daemon is killed at its Nth call of that name, and the daemon
# with it; then it is started again. Fails when it was never called that often.
killed_at() {
	local call=$1 count=$2 tracer starter killed
	shift 2
	daemon_find
	killed=$daemon
	strace -f -q -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$count" -p "$killed" &
	tracer=$!
	until grep -q "TracerPid:	$tracer" "/proc/$killed/status"; do
		if ! alive $tracer; then
			outcome="$outcome[no daemon to kill]"
			return 1
		fi
		sleep 0.02
	done
	( while alive "$killed"; do sleep 0.05; done; daemon_start ) &
	starter=$!
	killed_command=0
	"$@" || killed_command=$?
	# Calls after the answer are places to be killed at, too.
	daemon_settled
	kill $tracer 2>/dev/null
	wait $tracer 2>/dev/null
	if alive "$killed"; then
		kill $starter
		wait $starter 2>/dev/null
		# Past the last such call it has to succeed.
		[ $killed_command = 0 ] || outcome="$outcome[failed: $killed_command]"
		return 1
	fi
	wait $starter 2>/dev/null
	return 0
}

# each_place FUNCTION: calls FUNCTION CALL N for the Nth call, of $kill_counts, of the name CALL, of $kill_calls.
# It ends with 0 when the daemon was killed there, and has then added to $outcome: o (as before), n (as it was
# going to be) or something else. $outcomes has them all, $places their number.
each_place() {
	local call count
	outcomes=""
	places=0
	for call in $kill_calls; do
		outcome=""
		for count in $kill_counts; do
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

create_at() {
	keybagctl destroy --user ben --yes >/dev/null 2>&1
	killed_at "$@" as ben keybagctl create --kdf-memory 64 --kdf-passes 1 <<<ben >/dev/null 2>&1 || return
	case $(json_field loaded "$(keybagctl status --user ben --json 2>/dev/null)") in
	true) as ben keybagctl unlock <<<ben >/dev/null 2>&1 && outcome=${outcome}n ;;
	"") outcome=${outcome}o ;;
	*) outcome="$outcome[not loaded]" ;;
	esac
}

destroy_at() {
	keybagctl status --user ben >/dev/null 2>&1 || keybag_create ben ben
	killed_at "$@" keybagctl destroy --user ben --yes >/dev/null 2>&1 || return
	if keybagctl status --user ben >/dev/null 2>&1; then
		keybagctl unlock --user ben <<<ben >/dev/null 2>&1 && outcome=${outcome}o
	elif [ "$(find $bags -type f | wc -l)" = 3 ]; then
		outcome=${outcome}n
	fi
}

# kill_everywhere LEAST_CHANGE LEAST_CREATE LEAST_DESTROY: all three, at that many places at least
kill_everywhere() {
	each_place change_at
	check_output '^( [a-z0-9]+:[on]*)+$' "a change that is cut off is made or not made, nothing in between" \
		echo "$outcomes"
	check "at all the places asked for" test $places -ge "$1"
	each_place create_at
	check_output '^( [a-z0-9]+:[on]*)+$' "a keybag that is being made is there or not" echo "$outcomes"
	check "at all the places asked for" test $places -ge "$2"
	each_place destroy_at
	check_output '^( [a-z0-9]+:[on]*)+$' "a keybag that is being destroyed is whole or gone" echo "$outcomes"
	check "at all the places asked for" test $places -ge "$3"
	keybagctl destroy --user ben --yes >/dev/null 2>&1

	check_equal "$(ls $bags | sed 's/.*\.//' | sort | tr '\n' ' ')" "keybag owner tries " "no file is left over"
	check_equal "$(field anna uuid)" "$uuid" "it is still the same keybag"
	check "and opens what was sealed first" opens
}
