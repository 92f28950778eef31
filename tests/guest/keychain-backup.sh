#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
#
# keychainctl backup and restore take the passcode, which counts, a keybag that is unlocked, and a program outside of any unit; items
# come back under another keybag. The whole life is in keychain-backup-cycle.sh.

. "$(dirname "$(readlink -f "$0")")/lib/keybags.sh"
keybags_begin
command -v keychainctl >/dev/null || skip_all "the keychain is not installed"

# Cheap passwords: it is not their cost that is tested.
cheap=/etc/keybag/keybagd.conf.d/backup-test.conf
mkdir -p ${cheap%/*}
printf '%s\n' 'kdf-memory-kib = 64' 'kdf-passes = 1' >$cheap
pkill -HUP -x keybagd
put_back() {
	rm -f $cheap
	pkill -HUP -x keybagd
	keybags_end
}
trap put_back EXIT

anna() { runuser -u anna -- "$@"; }
# PASSCODE PASSWORD backup|restore ARGUMENT...
with() { printf '%s\n' "$1" "$2" | anna keychainctl "${@:3}"; }
create() {
	anna keybagctl create --kdf-memory 64 --kdf-passes 1 >/dev/null 2>&1 <<<"$1"
	anna keybagctl unlock <<<"$1" >/dev/null
}
failures() { keybagctl status --user anna --json | jq .failures; }
# COMMAND...: in the control group of a unit of the system
in_unit() {
	mkdir -p /sys/fs/cgroup/system.slice/shut-in.service
	# shellcheck disable=SC2016
	sh -c 'echo $$ >/sys/fs/cgroup/system.slice/shut-in.service/cgroup.procs; exec "$@"' - "$@"
}

create one
cd "$work" || exit
anna keychainctl add --account a --service s <<<"secret"
anna keychainctl add --account b --service s --accessible dku <<<"of this device"
reference=$(anna keychainctl find --account a --json | jq -r '.items[0].reference.data' | base64 -d | od -An -v -t x1 | tr -d ' \n')

check_status 4 "a wrong passcode" with two word backup full
check_equal "$(failures)" 1 "counts"
check_equal "$(ls)" "$(ls 4*)" "and leaves no file"
check "the right one" with one word backup full
check_equal "$(failures)" 0 "counts for nothing"
check_status 4 "a wrong password" with one other restore full
check_equal "$(failures)" 0 "does not count either"
check_status 4 "a wrong passcode, with the right password" with two word restore full
check_equal "$(failures)" 1 "does"
check_status 8 "a unit of the system makes no backup" eval 'printf "one\nword\n" | in_unit runuser -u anna -- keychainctl backup unit'
check_status 8 "nor restores one" eval 'printf "one\nword\n" | in_unit runuser -u anna -- keychainctl restore full'
anna keybagctl lock >/dev/null
check_status 3 "a locked keybag has nothing to back up" with one word backup locked
check_status 3 "nor takes anything" with one word restore full --replace --yes
keybagctl destroy --user anna --yes >/dev/null 2>&1
create two
check_output "added: 2, replaced: 0, kept as they are: 0, deleted: 0" "into another keybag" with two word restore full
check_equal "$(anna keychainctl find --reference "$reference")" secret "the item is there by its reference"
check_equal "$(anna keychainctl find --account b)" "of this device" "and the other one, on this device"
# The file for others: docs/backup-format.md is all that the reference shares with keychainctl.
PYTHONPATH=$(dirname "$(readlink -f "$0")")/..
export PYTHONPATH
python3 -m lib.keychain_backup full word >read 2>&1
check_equal "$(jq -r 'select(.acct == "a") | .secret' <read)" secret "the reference opens the backup, by the password alone"
check_equal "$(jq -c 'select(has("name") | not) | .[] | length' <read)" 1 "but not the item of this device"
python3 -c 'from lib.keybag_vectors import backup_file as make; import sys; sys.stdout.buffer.write(make().sections["file"]["file"])' >vector
check_output "stays on the device.*: b at h" "the vector is restored, where its device is another" \
	with two "correct horse battery staple" restore vector
check_equal "$(anna keychainctl find --account v --service s)" s3cret "and its other item is there, of the group of who restores"
finish
