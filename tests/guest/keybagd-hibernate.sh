#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: fresh
#
# After hibernation the kernel has forgotten keybags and device key: keybagd gives it both again.
# (pm_test stops the machine short of writing the image.)
. "$(dirname "$0")/lib/keybags.sh"
[ -w /sys/power/pm_test ] || skip_all "the kernel has no pm_test"
keybags_begin

as anna keybagctl create --kdf-memory 64 --kdf-passes 1 <<<anna >/dev/null 2>&1
as ben keybagctl create --no-passcode >/dev/null 2>&1 </dev/null
as anna keybagctl wrap --class dk --out "$work/dk" <<<secret
echo freezer >/sys/power/pm_test

reached() {	# USER STATE
	[ "$(state "$1")" = "$2" ]
}

echo mem >/sys/power/state 2>"$work/mem"
check_equal "$(state anna) $(field anna reason)" "locked suspend" "suspend locks"
check_equal "$(state ben)" unlocked "but not a keybag without passcode"
check "and the passcode opens afterwards" as anna keybagctl unlock <<<anna
if ! echo disk >/sys/power/state 2>"$work/disk"; then
	diagnose <"$work/disk"
	skip "the machine does not hibernate" "hibernation"
	finish
fi
check "after hibernation it is loaded again" soon reached anna "before first unlock"
check "always opens" as anna keybagctl unwrap --in "$work/dk"
check "and so does one without passcode" soon reached ben unlocked
check "the passcode opens" as anna keybagctl unlock <<<anna
keybagctl evict
check_equal "$(field anna loaded)" false "what root evicts stays out"
check "until somebody asks for it" as anna keybagctl unlock <<<anna
finish
