# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# TAP for shell tests: source this, use the functions, end with finish.
#
#   . "$(dirname "$0")/../lib/tap.sh"
#   check "a file is there" test -e /etc/passwd
#   check_status 3 "wrong passcode has a status of its own" keybagctl unlock …
#   check_output 'locked' "status says so" keybagctl status
#   check_equal "$got" "$want" "they agree"
#   soon test -e /run/ready
#   flip FILE 100
#   skip "needs a TPM" "sealed to the TPM"
#   finish
#
# Output of a failing command comes out as diagnostics.

tap_count=0
tap_failed=0
tap_skipped=0
echo "TAP version 13"

tap_result() {	# STATUS NAME
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
	fi
}

diagnose() {	# TEXT…, or standard input
	if [ $# -gt 0 ]; then
		printf '%s\n' "$*" | sed 's/^/# /'
	else
		sed 's/^/# /'
	fi
}

# check NAME COMMAND…: the command succeeds
check() {
	local name=$1
	shift
	check_status 0 "$name" "$@"
}

# check_status STATUS NAME COMMAND…: it ends with that status
check_status() {
	local want=$1 name=$2 output status=0
	shift 2
	output=$("$@" 2>&1) || status=$?
	if [ "$status" = "$want" ]; then
		tap_result 0 "$name"
	else
		tap_result 1 "$name"
		diagnose "$*: status $status, not $want"
		[ -z "$output" ] || diagnose "$output"
	fi
}

# check_output PATTERN NAME COMMAND…: its output has a match of the extended regular expression
check_output() {
	local pattern=$1 name=$2 output status=0
	shift 2
	output=$("$@" 2>&1) || status=$?
	if grep -qE -- "$pattern" <<<"$output"; then
		tap_result 0 "$name"
	else
		tap_result 1 "$name"
		diagnose "$*: status $status, no match of /$pattern/ in: $output"
	fi
}

# check_equal GOT WANT NAME
check_equal() {
	if [ "$1" = "$2" ]; then
		tap_result 0 "$3"
	else
		tap_result 1 "$3"
		diagnose "got:  $1"
		diagnose "want: $2"
	fi
}

# soon COMMAND…: waits until it succeeds, for as long as a busy machine may need
soon() {
	local i
	for ((i = 0; i < 6000; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	diagnose "does not come: $*"
	return 1
}

# flip FILE OFFSET: a byte of it is another one than it was, whatever that was
flip() {
	local byte
	byte=$(od -An -v -tu1 -j "$2" -N 1 "$1")
	printf "\\x$(printf %x $((byte ^ 0x55)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# skip WHY NAME
skip() {
	tap_count=$((tap_count + 1))
	tap_skipped=$((tap_skipped + 1))
	echo "ok $tap_count - $2 # SKIP $1"
}

# skip_all WHY: ends the program
skip_all() {
	echo "1..0 # SKIP $1"
	exit 4
}

finish() {
	echo "1..$tap_count"
	[ "$tap_failed" = 0 ] || exit 1
	[ "$tap_count" -gt "$tap_skipped" ] || exit 4
	exit 0
}
