#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# request_key() for an absent key has the keybag loaded and attaches the key to it, end to end.
. "$(dirname "$0")/lib/stack.sh"
[ -x /sbin/request-key ] || skip_all "no /sbin/request-key"
stack_begin
keybag_create anna anna-password
uuid=$(field anna uuid)

unload() {
	keybagctl unload --user anna >/dev/null
}

loaded() {
	keybagctl status --user anna --json | jq -e .loaded >/dev/null
}

# Each look-up in a session keyring of its own, as keys stay linked to it.
session() {	# USER COMMAND…
	local user=$1
	shift
	as "$user" keyctl session - "$@" 2>&1
}

# -- keyctl(1) ---------------------------------------------------------------------------------------
unload
check_status 1 "unloaded" loaded
check_output "^[0-9]+$" "a user requests the key of his keybag" session anna keyctl request2 keybag user:1201 ""
check "the keybag was loaded by that" loaded
check_output "user:1201: $uuid" "the key is attached to it" \
	session anna sh -c 'keyctl describe $(keyctl request2 keybag user:1201 "") >/dev/null; grep keybag /proc/keys'

unload
check_output "^[0-9]+$" "root requests it, too" session root keyctl request2 keybag user:1201 ""

# -- bind(2): by uid, from an unprivileged process ----------------------------------------------
unload
check "wrap by the user loads the keybag" as anna sh -c "keybagctl wrap --class dk | wc -c" <<<secret
check "it is loaded" loaded

# -- bind(2): a handle of a keybag that is gone, in the session keyring ----------------------------
# Each round but the first meets the handle of the round before. It is to be removed, which takes the kernel a moment.
stale='for i in 1 2 3 4 5; do
	keybagctl wrap --user anna --class dk <<<secret >/dev/null || exit 1
	keyctl search @s keybag user:1201 >/dev/null || exit 2
	keybagctl unload --user anna >/dev/null || exit 3
done
echo bound'
unload
check_output "^bound$" "bind by uid looks past the handle of a keybag that was unloaded" \
	session root bash -c "$stale"

# -- refused -------------------------------------------------------------------------------------------
check_output "denied|not available" "somebody else's keybag is refused" session ben keyctl request2 keybag user:1201 ""
check_output "not available" "a user without a keybag has no key" session ben keyctl request2 keybag user:1202 ""
check_output "denied|not available" "the system's is for root" session ben keyctl request2 keybag system ""
for name in user: user:01201 user:-1 user:4294967295 user:4294968497 "user:1201 " users:1201 ""; do
	check_output "Invalid|Argument" "description '$name' is malformed" session anna keyctl request2 keybag "$name" ""
done
check_output "not permitted" "another user namespace is refused" \
	session ben unshare --user --map-root-user keyctl request2 keybag user:1202 ""

# A refusal does not stick.
session ben sh -c 'keyctl request2 keybag user:1202 ""; sleep 0' >/dev/null
keybag_create ben ben-password
sleep 2
check_output "^[0-9]+$" "two seconds after a refusal, the new keybag's key is there" \
	session ben keyctl request2 keybag user:1202 ""

# -- keybagd does not answer --------------------------------------------------------------------------
unload
pkill -STOP -x keybagd
start=$SECONDS
check_output "not available" "keybagd stopped: refused" session anna keyctl request2 keybag user:1201 ""
diagnose "after $((SECONDS - start)) s"
check_equal "$((SECONDS - start <= 120))" 1 "and not after the minutes the kernel would wait"
pkill -CONT -x keybagd
sleep 2
check_output "^[0-9]+$" "afterwards it is there again" session anna keyctl request2 keybag user:1201 ""

# -- an account that was deleted, and another with its number --------------------------------------
unload
userdel -r anna 2>/dev/null
user_add carla 1201
check_output "not available|denied|Owner died" "a new account with the old number gets no key" \
	session carla keyctl request2 keybag user:1201 ""
check_equal "$(keybagctl status --uuid "$uuid" --json | jq .loaded)" false "its keybag was not loaded"
keybagctl destroy --uuid "$uuid" --yes >/dev/null
userdel -rf carla 2>/dev/null

# -- by hand ---------------------------------------------------------------------------------------------
check_status 1 "without authority over a key" /usr/libexec/keybag/request-key create 1 user:1201 1201
check_status 2 "with other arguments" /usr/libexec/keybag/request-key update 1 user:1201

finish
