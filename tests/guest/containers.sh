#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# From a container nothing of a keybag can be reached, whoever one is in there, and the error says so; the
# same process outside of it is served, request_key() and all.
. "$(dirname "$0")/lib/keybags.sh"
keybags_begin
as anna sh -c 'echo anna-passcode | keybagctl create --kdf-memory 64 --kdf-passes 1' >/dev/null
as anna sh -c 'echo secret | keybagctl wrap --class dk' >"$work/sealed"
chmod 644 "$work/sealed"
reach="keybags cannot be reached from a user namespace \(container\)"

# As rootless containers are made: namespaces of users, processes and mounts; "root" there is anna here.
rootless=(unshare --user --map-root-user --pid --fork --mount --mount-proc)
# The same with her own uid.
own=(unshare --user --map-current-user --pid --fork --mount --mount-proc)

for kind in rootless own; do
	declare -n container=$kind
	check_output "$reach" "$kind: wrap" as anna "${container[@]}" keybagctl wrap --class ak <<<x
	check_output "$reach" "$kind: unwrap" as anna "${container[@]}" keybagctl unwrap --in "$work/sealed"
	check_status 8 "$kind: status" as anna "${container[@]}" keybagctl status
	check_output "$reach" "$kind: unlock" as anna "${container[@]}" keybagctl unlock <<<anna-passcode
	check_output "$reach" "$kind: lock" as anna "${container[@]}" keybagctl lock
	check_output "$reach" "$kind: watch" as anna "${container[@]}" timeout 600 keybagctl watch
	check_output "not permitted" "$kind: request_key" \
		as anna "${container[@]}" keyctl session - keyctl request2 keybag user:1301 ""
	check_output "not permitted" "$kind: a key by hand" \
		as anna "${container[@]}" keyctl session - sh -c 'keyctl add keybag user:1301 "attach 00000000-0000-0000-0000-000000000000" @s'
done
check_equal "$(keybagctl status --user anna --json | jq '.failures')" 0 "none of that counted"
check_output "$reach" "says why" unshare --user --map-root-user keybagctl wrap --class ak <<<x

# Root of a namespace where that is root outside as well: the library asks, and gets the daemon's own reason.
check_output "^-1 keybags cannot be reached from a user namespace \(container\): ask from outside of it$" "a program is told by keybagd" \
	unshare --user --map-root-user python3 -c '
import ctypes
library, client, info = ctypes.CDLL("libkeybag.so.1"), ctypes.c_void_p(), ctypes.c_void_p()
library.keybag_client_message.restype = ctypes.c_char_p
library.keybag_client_new(ctypes.byref(client))
print(library.keybag_client_status(client, None, ctypes.byref(info)), library.keybag_client_message(client).decode())'

# A key that was requested outside does not help inside.
check_output "cannot be reached|not permitted|denied" "a key from outside" as anna keyctl session - \
	sh -c 'keyctl request2 keybag user:1301 "" @s >/dev/null; unshare --user --map-root-user keybagctl unwrap --in '"$work/sealed"

# A container that shares the user namespace but has its own /dev: the device has to be given to it.
check_output "the kernel module is loaded, but there is no /dev/keybag here" "a /dev of its own" \
	unshare --mount sh -c 'mount -t tmpfs none /dev && echo x | keybagctl wrap --class ak | cat'
check_output '"text":"the kernel module is loaded, but there is no /dev/keybag here"' "doctor, there" \
	unshare --mount sh -c 'mount -t tmpfs none /dev && keybagctl doctor --json'

# -- outside ------------------------------------------------------------------------------------------------
check_equal "$(as anna keybagctl unwrap --in "$work/sealed")" secret "outside: unwrap"
keybagctl unload --user anna
check_output "^[0-9]+$" "outside: request_key loads the keybag" as anna keyctl session - keyctl request2 keybag user:1301 ""
check_output '"loaded":true' "it is loaded" keybagctl status --user anna --json
check_equal "$(as anna keybagctl unwrap --in "$work/sealed")" secret "and opens what was sealed"

finish
