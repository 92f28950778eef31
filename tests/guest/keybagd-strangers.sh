#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# A keybag belongs to the person it was made for: not to who knows its UUID, not to who gets the uid.
. "$(dirname "$0")/lib/keybags.sh"
keybags_begin

cheap="--kdf-memory 64 --kdf-passes 1"
bags=/var/lib/keybag/bags
as anna keybagctl create $cheap <<<anna >/dev/null 2>&1
uuid=$(field anna uuid)
echo secret | as anna keybagctl wrap --class dk --out "$work/blob"

# intact LABEL: anna's keybag is hers, in the kernel and on disk
intact() {
	check_equal "$(sha256sum <"$bags/$uuid.keybag") $(field anna uuid)" "$sum $uuid" "$1: anna's keybag is hers"
	check "$1: she opens it" as anna keybagctl unlock <<<anna
}

# -- a keybag of ben's with the UUID of anna's ------------------------------------------------------
code=$(python3 "$here/lib/foreign_form.py" "$uuid" 1302 "$work/foreign")
chmod 644 "$work/foreign"
sum=$(sha256sum <"$bags/$uuid.keybag")
as anna keybagctl lock
check_status 12 "ben recovers a keybag of his own that has the UUID of anna's" \
	as ben keybagctl recover $cheap "$work/foreign" <<<"$code"$'\nben'
check_output "another keybag with the UUID" "he is told" \
	as ben keybagctl recover $cheap "$work/foreign" <<<"$code"$'\nben'
check_status 9 "he has none" as ben keybagctl status
intact "loaded"
keybagctl unload --user anna
check_status 12 "while it is not loaded" as ben keybagctl recover $cheap "$work/foreign" <<<"$code"$'\nben'
check_status 12 "nor does root, for ben" keybagctl recover --yes $cheap "$work/foreign" <<<"$code"$'\nben'
intact "not loaded"

# -- one of anna's own, made by a program in her name: its recovery code is no proof of hers --------
forged=$(python3 "$here/lib/foreign_form.py" "$uuid" 1301 "$work/forged")
chmod 644 "$work/forged"
for way in "unload --user anna" evict; do
	keybagctl $way
	check_output "keybag is not a copy of the file to recover" "after $way: a program of anna's may not replace her keybag" \
		as anna keybagctl recover $cheap "$work/forged" <<<"$forged"$'\nforged'
	intact "after $way"
done
# Sealed to another device key, as from a disk that was moved
moved=33333333-3333-4333-8333-333333333333
moved_code=$(python3 "$here/lib/foreign_form.py" $moved 1302 "$bags/new")
head -c 32 /dev/urandom >"$work/key"
python3 "$here/lib/foreign_form.py" $moved 1302 "$work/forged" "$work/key" >/dev/null
install -m 644 "$bags/new" "$work/moved"
mv "$bags/new" "$bags/$moved.keybag"
(umask 077 && echo "1302 ben" >"$bags/$moved.owner")
check_output "another device key" "a keybag of another device" as ben keybagctl load
check_status 12 "nor that" as ben keybagctl recover $cheap "$work/forged" <<<"$moved_code"$'\nforged'
check "the file is as it was" cmp "$bags/$moved.keybag" "$work/moved"
check "by a copy of its file it is recovered where it is" \
	as ben keybagctl recover $cheap "$work/moved" <<<"$moved_code"$'\nben'
check "and opens" as ben keybagctl unlock <<<ben
keybagctl destroy --user ben --yes >/dev/null

keybagctl unload --user anna
cp "$bags/$uuid.keybag" "$work/kept"
echo damaged >"$bags/$uuid.keybag"
check_status 12 "while its file is damaged" as ben keybagctl recover $cheap "$work/foreign" <<<"$code"$'\nben'
rm "$bags/$uuid.owner"
daemon_restart
check_status 12 "and nobody knows whose it is" as ben keybagctl recover $cheap "$work/foreign" <<<"$code"$'\nben'
cp "$work/kept" "$bags/kept"
mv "$bags/kept" "$bags/$uuid.keybag"
echo "1301 anna" >"$bags/$uuid.owner"
intact "put back"
check_status 0 "with a UUID of its own ben recovers it" sh -c "
	python3 '$here/lib/foreign_form.py' 11111111-1111-4111-8111-111111111111 1302 '$work/own' >/dev/null
	chmod 644 '$work/own'; setpriv --reuid ben --regid ben --init-groups keybagctl recover $cheap '$work/own'" \
	<<<"$code"$'\nben'
keybagctl destroy --user ben --yes >/dev/null

# -- the uid of an account that was deleted, on a machine that goes on -------------------------------
as anna keybagctl lock
userdel anna
check "account deleted: its keys go" soon eval '[ "$(json_field loaded "$(keybagctl status --uuid "$uuid" --json)")" = false ]'
useradd -u 1301 -M anna
check_status 3 "nor has another account of its name what opens after the first unlock" \
	setpriv --reuid 1301 --clear-groups keybagctl wrap --class ck --out "$work/x" <<<x
userdel anna
useradd -u 1303 -M anna
check_output "its account 'anna' had uid 1301 and has 1303 now.*usermod -u 1301 anna" "with another uid: the message says what brings it back" \
	keybagctl load --uuid "$uuid"
userdel anna
useradd -u 1301 -M carol
check_status 8 "uid given to another: his programs do not open what was always open to anna's" \
	setpriv --reuid 1301 --clear-groups keybagctl unwrap --in "$work/blob"
check_status 8 "nor does he have it loaded" setpriv --reuid 1301 --clear-groups keybagctl load
check_output "made for the account 'anna', which is now 'carol'" "the message says why" \
	keybagctl status --uuid "$uuid"
userdel carol
useradd -u 1301 -M anna
check "the account is back" as anna keybagctl unlock <<<anna

# the same while no daemon runs, which nobody asks anything afterwards
daemon_stop
usermod -l carol anna
daemon_start
soon eval '[ "$(json_field loaded "$(keybagctl status --uuid "$uuid" --json)")" = false ]'
check_status 8 "uid given to another while no daemon ran: his programs open nothing" \
	setpriv --reuid 1301 --clear-groups keybagctl unwrap --in "$work/blob"
usermod -l anna carol
check "the account is back again" as anna keybagctl unlock <<<anna

# the same while the name services, which might know that it is one person with two names, do not answer; a keybagd that has
# found no cache of names does not ask for one again
daemon_stop
mkdir -p /run/nscd
python3 -c '
import socket, time
silent = socket.socket(socket.AF_UNIX)
silent.bind("/run/nscd/socket")
silent.listen(64)
time.sleep(3600)' &
silent=$!
soon test -S /run/nscd/socket
chmod 666 /run/nscd/socket
daemon_start
sed -i 's/^anna:/carol:/' /etc/passwd
soon eval '[ "$(json_field loaded "$(keybagctl status --uuid "$uuid" --json)")" = false ]'
check_output "directory of accounts does not answer" "uid given to another while the directory is away: unloaded" \
	keybagctl status --uuid "$uuid"
kill $silent
rm -r /run/nscd
check_status 8 "his programs open nothing" setpriv --reuid 1301 --clear-groups keybagctl unwrap --in "$work/blob"
sed -i 's/^carol:/anna:/' /etc/passwd
check "the account is back once more" as anna keybagctl unlock <<<anna

# the same where nobody tells of the change: accounts of a directory
umount_passwd() {
	umount /etc/passwd
}
sed 's/^anna:/carol:/' /etc/passwd >/run/test-passwd
chmod 644 /run/test-passwd
mount --bind /run/test-passwd /etc/passwd
check_status 8 "uid given to another in a directory: noticed with the first request" \
	setpriv --reuid 1301 --clear-groups keybagctl load
check_equal "$(keybagctl status --uuid "$uuid" --json | jq -r .loaded)" false "which unloads it"
umount_passwd

# -- the note of whose it is -----------------------------------------------------------------------
echo "garbage" >"$bags/$uuid.owner"
check_status 8 "a damaged note: not loaded" as anna keybagctl load
check_output "note of the account.*damaged.*--renamed" "the message names the remedy" as anna keybagctl load
echo "1302 anna" >"$bags/$uuid.owner"
check_status 8 "one of another uid: not loaded" as anna keybagctl load
check "root accepts it" keybagctl load --user anna --renamed
check_equal "$(cat "$bags/$uuid.owner")" "1301 anna" "and the note is right again"
check "opens" as anna keybagctl unlock <<<anna

# -- a damaged keybag, and a file that says whose it is -----------------------------------------------------
damaged=55555555-5555-4555-8555-555555555555
as ben keybagctl create $cheap <<<ben >/dev/null 2>&1
other_code=$(as ben keybagctl recovery add <<<ben 2>/dev/null | grep -oE '([A-Z0-9]{5}-){5}[A-Z0-9]{5}')
keybagctl destroy --user ben --yes >/dev/null
python3 "$here/lib/foreign_form.py" $damaged 1302 "$work/claim" >/dev/null
echo "garbage" >"$bags/$damaged.keybag"
check_status 9 "a damaged keybag is nobody's: ben has none" as ben keybagctl status
check_output "recovery code is not the one" "root recovers it from a file that is ben's, with a wrong code" \
	keybagctl recover --yes --no-passcode "$work/claim" <<<"$other_code"
check_status 9 "it is nobody's as before" as ben keybagctl status
check "and ben may make his own" as ben keybagctl create $cheap <<<ben
keybagctl destroy --user ben --yes >/dev/null
rm -f "$bags/$damaged".*

# -- tickets ---------------------------------------------------------------------------------------
for way in "lock --all" evict; do
	ticket=$(python3 "$here/lib/service_request.py" new 1301 anna)
	keybagctl $way
	check_equal "$(python3 "$here/lib/service_request.py" redeem "$ticket")" 127 "$way: a login under way has to begin anew"
done
check_equal "$(python3 "$here/lib/service_request.py" redeem "$(python3 "$here/lib/service_request.py" new 1301 anna)")" 0 "else it opens"

# -- tickets that are being made ---------------------------------------------------------------------
as anna keybagctl passwd --kdf-memory 16384 --kdf-passes 10 <<<$'anna\nanna' >/dev/null 2>&1
for way in lock evict; do
	check_equal "$(python3 "$here/lib/service_request.py" overtaken 1301 anna $way)" 125 \
		"$way: one that is being made then is none"
done
as anna keybagctl load
as anna keybagctl unlock <<<anna
as anna keybagctl passwd $cheap <<<$'anna\nanna' >/dev/null 2>&1

# -- evict, with requests that wait ------------------------------------------------------------------
as anna keybagctl passwd --kdf-memory 16384 --kdf-passes 10 <<<$'anna\nanna' >/dev/null 2>&1
as anna keybagctl lock
check_equal "$(python3 "$here/lib/service_request.py" evict 1301 anna)" "0 125 125 125 125 125" \
	"evict while requests run and wait: they are cancelled"
check_equal "$(field anna loaded)" false "none of them has loaded it again"
check "asked again, it opens" as anna keybagctl passwd $cheap <<<$'anna\nanna'
as anna keybagctl unlock <<<anna

# -- a lock while a keybag is being made -----------------------------------------------------------------
check_equal "$(python3 "$here/lib/service_request.py" create 1302 ben)" "0 0 " "a lock while a keybag is being made: it is made"
check_equal "$(state ben)" "before first unlock" "and stays closed"
check "until it is opened" as ben keybagctl unlock <<<ben
check "root takes it away" keybagctl destroy --user ben --yes

# -- login passwords that are known not to be the passcode -------------------------------------------------
differs() { python3 "$here/lib/service_request.py" verified 1301 of-the-login; }
check_equal "$(differs) $(differs)" "129 known" "a login password that is wrong is tried once"
keybagctl evict
check_equal "$(differs) $(differs)" "129 known" "evict: nothing is kept to know it by"
mkdir "$work/restored"
cp -a "$bags/$uuid".* "$work/restored"
keybagctl destroy --user anna --yes >/dev/null
cp -a "$work/restored/"* "$bags"
check_equal "$(differs) $(differs)" "129 known" "nor after its destruction"
check "it opens" as anna keybagctl unlock <<<anna

# -- a recovery code that nobody has read ------------------------------------------------------------------
as anna keybagctl unlock <<<anna
check_equal "$(python3 "$here/lib/service_request.py" code 1301 anna)" 0 \
	"a recovery code is zeroed where its reader is gone before it has done so"

# -- the wrong passcode that is one too many ---------------------------------------------------------
settings() {
	mkdir -p /etc/keybag
	printf '%s\n' "$@" >/etc/keybag/keybagd.conf
	daemon_restart
}
[ ! -e /etc/keybag/keybagd.conf ] || cp -a /etc/keybag/keybagd.conf "$work/conf"
other=22222222-2222-4222-8222-222222222222
python3 "$here/lib/guess_record.py" $other 9
python3 "$here/lib/foreign_form.py" $other 1302 "$bags/new" /etc/keybag/device.key >/dev/null
mv "$bags/new" "$bags/$other.keybag"
(umask 077 && echo "1302 ben" >"$bags/$other.owner")
settings 'tenth-failure = erase'
check_equal "$(field ben failures)" 9 "nine wrong passcodes"
check_equal "$(python3 "$here/lib/service_request.py" unlock 1302 wrong 65536)" 13 "the tenth is not taken from another machine"
check_equal "$(python3 "$here/lib/service_request.py" unlock 1302 wrong 131072)" 13 \
	"nor from a login, which may have taken something else than a passcode"
check_equal "$(python3 "$here/lib/service_request.py" unlock 1302 wrong 0)" 11 "from this one it is, after its delay"
settings 'tenth-failure = delay'
check_equal "$(python3 "$here/lib/service_request.py" unlock 1302 wrong 65536)" 11 "nor is one refused that only delays"
check "root takes it away" keybagctl destroy --user ben --yes
if [ -e "$work/conf" ]; then cp -a "$work/conf" /etc/keybag/keybagd.conf; else rm -f /etc/keybag/keybagd.conf; fi
daemon_restart

# -- a long line before keychaind's account ----------------------------------------------------------
if id -u _keychain >/dev/null 2>&1; then
	cp -a /etc/passwd "$work/passwd"
	{ echo "long:x:1399:1399:$(head -c 3000 /dev/zero | tr '\0' x):/:/bin/sh"; cat "$work/passwd"; } >/etc/passwd
	check_equal "$(python3 "$here/lib/service_request.py" keychain "$(id -u _keychain)" 1301)" 0 \
		"a long line in /etc/passwd does not keep keychaind out"
	cat "$work/passwd" >/etc/passwd
fi

# -- all the room there is for keybags ---------------------------------------------------------------
mv /etc/keybag/device.key "$work/device.key"
mkdir /etc/keybag/device.key
forgotten
daemon_restart
for i in $(seq 65); do
	as ben keybagctl create $cheap <<<ben >"$work/failed" 2>&1 && break
done
check_output "device key" "ben cannot make a keybag without a device key" cat "$work/failed"
rmdir /etc/keybag/device.key
mv "$work/device.key" /etc/keybag/device.key
check "what failed before the kernel was asked is not counted" as ben keybagctl create $cheap <<<ben
keybagctl destroy --user ben --yes >/dev/null
daemon_restart
code=$(python3 "$here/lib/foreign_form.py" 44444444-4444-4444-8444-000000000001 1302 "$work/taken")
fresh=$(python3 "$here/lib/foreign_form.py" 44444444-4444-4444-8444-000000000002 1302 "$work/fresh")
chmod 644 "$work/taken" "$work/fresh"
check "a keybag is taken over" as ben keybagctl recover --no-passcode "$work/taken" <<<"$code"
keybagctl destroy --user ben --yes >/dev/null
made=1
while as ben keybagctl create $cheap <<<ben >/dev/null 2>&1; do
	made=$((made + 1))
	keybagctl destroy --user ben --yes >/dev/null
done
check_equal "$made" 64 "who makes and destroys keybags in a loop comes to an end"
check_output "made 64 keybags since keybagd started" "and is told" as ben keybagctl create $cheap <<<ben
check_output "made 64 keybags since keybagd started" "which goes for those that are taken over as well" \
	as ben keybagctl recover --no-passcode "$work/fresh" <<<"$fresh"
check "others are not concerned" as anna keybagctl unlock <<<anna
check "root makes him one" keybagctl create --user ben $cheap <<<ben
daemon_restart
finish
