#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# Faults in the files of keybagd: what happens then, and that the message says what to do.
. "$(dirname "$0")/lib/keybags.sh"
keybags_begin

bags=/var/lib/keybag/bags
key=/etc/keybag/device.key
cheap="--kdf-memory 64 --kdf-passes 1"

# forgotten: the kernel has neither keybags nor device key, as after a restart of the machine
forgotten() {
	keybagctl evict
	daemon_stop
}

as anna keybagctl create $cheap <<<anna >/dev/null 2>&1
uuid=$(field anna uuid)
form=$bags/$uuid.keybag
echo secret | as anna keybagctl wrap --class dk --out "$work/dk"
echo secret | as anna keybagctl wrap --class ak --out "$work/ak"
echo secret | as anna keybagctl wrap --class aku --out "$work/aku"
opens() {
	[ "$(as anna keybagctl unwrap --in "$work/$1" 2>/dev/null)" = secret ]
}

check_equal "$(stat -c '%U %a' $bags) $(stat -c '%U %a %s' $key) $(stat -c '%U %a' "$form")" \
	"root 700 root 600 32 root 600" "nobody but root gets at the files"

forgotten
daemon_start
check_equal "$(state anna)" "before first unlock" "after a restart of the machine it is loaded"
check "always opens" opens dk
check "and the passcode too" as anna keybagctl unlock <<<anna

# Device key
mv $key $key.kept
daemon_restart
check_equal "$(state anna)" unlocked "while the kernel has the device key its file may be missing"
forgotten
daemon_start
check_status 10 "device key missing" as anna keybagctl unlock <<<anna
check_output "device key $key is missing, but 1 keybag is sealed to it.*backup.*recover" \
	"the message says what to do" as anna keybagctl unlock <<<anna
check "no other one is made" test ! -e $key
head -c 31 $key.kept >$key
chmod 600 $key
check_output "is 31 bytes long, not 32" "device key too short" as anna keybagctl unlock <<<anna
cp $key.kept $key
chmod 644 $key
check_output "others can get at it.*chmod 600" "device key that others can read" \
	as anna keybagctl unlock <<<anna
check_equal "$(as anna keybagctl status --json | jq .error)" 124 "which has to be mended"
mv $key $key.away
check_output "is missing" "device key that is away" as anna keybagctl unlock <<<anna
check_equal "$(as anna keybagctl status --json | jq .error)" 19 "which may come back"
mv $key.away $key
chmod 600 $key
check "once it is back, nobody has to restart anything" as anna keybagctl unlock <<<anna
check "it opens" opens ak
rm -f $key.kept

# Another device key than the one in the kernel: what is made now would open until the machine restarts
cp -p $key "$work/key"
head -c 32 /dev/urandom >$key
daemon_restart
check_equal "$(state anna)" unlocked "while the kernel has the device key the file may have another"
check_output "^error +key-in-use +the kernel has another device key" "doctor knows" keybagctl doctor
check_output '"device-key"' "status, too" as anna keybagctl status --json
check_output "will not open after a" "and says so" as anna keybagctl status
check_status 10 "but no keybag is made" as ben keybagctl create $cheap <<<ben
check_output "kernel already has another key.*keybagctl evict" "the message says what to do" \
	as ben keybagctl create $cheap <<<ben
check_status 9 "and none is there" as ben keybagctl status
code=$(python3 "$here/lib/foreign_form.py" 11111111-1111-4111-8111-111111111111 1302 "$work/own")
chmod 644 "$work/own"
check_status 10 "nor is one recovered" as ben keybagctl recover $cheap "$work/own" <<<"$code"$'\nben'
rm $key
check_output "device key $key is missing" "the same without a file" as ben keybagctl create $cheap <<<ben
cp -p "$work/key" $key
check "with the right one it is made" as ben keybagctl create $cheap <<<ben
check_output "^ok +key-in-use" "and doctor has no complaint" keybagctl doctor
keybagctl destroy --user ben --yes >/dev/null
check "anna's opens" as anna keybagctl unlock <<<anna

# Two of one user's
other=55555555-5555-4555-8555-555555555555
python3 "$here/lib/foreign_form.py" $other 1301 "$bags/new" $key >/dev/null
mv "$bags/new" "$bags/$other.keybag"
(umask 077 && echo "1301 anna" >"$bags/$other.owner")
keybagctl list >/dev/null
check_status 1 "two keybags of a user on disk: root has to choose" as anna keybagctl status
check_output "more than one keybag already" "create --if-missing: there they are" as anna keybagctl create --if-missing </dev/null
check_equal "$(as anna keybagctl create --if-missing --json </dev/null | jq .uuid)" null "and none is named"
check_status 1 "without --if-missing: root has to choose" as anna keybagctl create </dev/null
check "lock does not ask which" as anna keybagctl lock
check_equal "$(keybagctl status --uuid "$uuid" --json | jq -r .state)" locked "and locks"
check "root, too" keybagctl lock --user anna --full
check_equal "$(keybagctl status --uuid "$uuid" --json | jq -r .state)" "before first unlock" "and locks fully"
check "loaded, too" keybagctl load --uuid $other
check "two that are loaded" as anna keybagctl lock
keybagctl unload --uuid $other
rm -f $bags/$other.*
check "with the other one gone, nobody has to restart anything" as anna keybagctl unlock <<<anna

# The form
cp "$form" "$work/form"
keybagctl unload --user anna
size=$(stat -c %s "$form")
wrong=""
for offset in 0 8 10 12 16 20 40 70 100 200 400 $((size / 2)) $((size - 97)) $((size - 40)) $((size - 1)); do
	cp "$work/form" "$form"
	flip "$form" "$offset"
	as anna keybagctl unlock <<<anna >/dev/null 2>&1
	status=$?
	[ $status = 6 ] || wrong="$wrong $offset:$status"
done
check_equal "$wrong" "" "a byte flipped anywhere: damaged, also for its owner"
check_output "damaged.*backup" "the message says what to do" as anna keybagctl unlock <<<anna
check_output '"error":74' "status knows" as anna keybagctl status --json
head -c $((size - 1)) "$work/form" >"$form"
check_status 6 "truncated" as anna keybagctl load
{ cat "$work/form"; echo; } >"$form"
check_status 6 "extended" as anna keybagctl load
: >"$form"
check_status 6 "empty" as anna keybagctl load
head -c 40000 /dev/zero >"$form"
check_status 6 "over-long" as anna keybagctl load
cp "$work/form" "$form"
check_equal "$(as anna keybagctl status --json | jq .error)" null "a file that was restored is not called damaged any more"
check_output "keybagctl load' loads it" "but it is not loaded yet" as anna keybagctl status
rm "$form"
check_status 9 "gone" as anna keybagctl load
cp "$work/form" "$form"
check "whole again" as anna keybagctl unlock <<<anna

as anna keybagctl passwd $cheap <<<$'anna\nsecond' >/dev/null 2>&1
cp "$form" "$work/form2"
keybagctl unload --user anna
cp "$work/form" "$form"
check_status 6 "an older generation" as anna keybagctl unlock <<<anna
check_output "older than one this machine has seen" "the message says so" as anna keybagctl load
cp "$work/form2" "$form"
check "the newer one" as anna keybagctl unlock <<<second
cp "$work/form" "$form"
daemon_restart
check "a file changed behind a loaded keybag is put right" cmp "$form" "$work/form2"

# The record of guesses
keybagctl unload --user anna
rm "$bags/$uuid.tries"
keybagctl load --user anna >/dev/null
# The kernel remembers since boot; the record comes back.
check "a missing record is written anew" test -s "$bags/$uuid.tries"
check "and the passcode opens" as anna keybagctl unlock <<<second

# Accounts
# A second name of the same account, above hers.
cp -a /etc/passwd /etc/passwd.kept
{ sed -n 's/^anna:/ops:/p' /etc/passwd; cat /etc/passwd.kept; } >/run/passwd.new
cat /run/passwd.new >/etc/passwd
check_equal "$(id -un 1301)" ops "the account has another first name"
check "which is no other account: it stays" as anna keybagctl wrap --class dk --out "$work/x" <<<x
keybagctl unload --user anna
check "and is loaded again" keybagctl load --user 1301
cat /etc/passwd.kept >/etc/passwd
rm /etc/passwd.kept /run/passwd.new
keybagctl unload --user anna
usermod -l annette anna
# renamed COMMAND…: as her, whatever her name
renamed() {
	setpriv --reuid 1301 --regid 1301 --clear-groups "$@"
}
check_status 8 "an account of another name" keybagctl load --user annette
check_output "made for the account 'anna', which is now 'annette'.*--renamed" \
	"the message says what to do" keybagctl load --user annette
check_status 8 "not attached for the kernel either" renamed keybagctl wrap --class dk --out "$work/x" <<<x
check_status 8 "--renamed is for root" renamed keybagctl load --renamed
check "root accepts the new name" keybagctl load --user annette --renamed
check_equal "$(field annette owner_name)" annette "and it is noted"
keybagctl unload --user annette
usermod -l anna annette
check "and back" keybagctl load --user anna --renamed
keybagctl unload --user anna
sed -i.kept '/^anna:/d' /etc/passwd
check_status 8 "no account any more" keybagctl load --uuid "$uuid"
mv /etc/passwd.kept /etc/passwd
check "there again" keybagctl load --user anna
rm "$bags/$uuid.owner"
keybagctl unload --user anna
check_status 8 "without a note of the name, as after a restore: not loaded" as anna keybagctl load
check_status 8 "nor by root unasked" keybagctl load --user anna
check_output "note of the account.*gone.*--renamed" "the message names the remedy" as anna keybagctl load
check "root accepts it" keybagctl load --user anna --renamed
check_equal "$(cat "$bags/$uuid.owner")" "1301 anna" "it is noted from then on"
rm "$bags/$uuid.owner"
check "unlock" as anna keybagctl unlock <<<second
check_equal "$(cat "$bags/$uuid.owner")" "1301 anna" "a note that is lost while the keybag is loaded is written again"
check "its owner sets a time" as anna keybagctl timeout 250

# Another device
code=$(as anna keybagctl recovery add <<<second 2>/dev/null)
cp "$form" "$work/foreign"
chmod 644 "$work/foreign"
forgotten
head -c 32 /dev/urandom >"$work/other-key"
cp -p $key "$work/key"
cat "$work/other-key" >$key
daemon_start
check_status 7 "sealed to another device key" as anna keybagctl unlock <<<second
check_output "another device key.*keybagctl recover" "the message says what to do" as anna keybagctl load
check_status 4 "recover with another code, while the keybag is there" as anna keybagctl recover "$work/foreign" $cheap \
	<<<"$other_code"$'\nnew'
check_output "another device key" "which does not change why it cannot be opened" as anna keybagctl status
mkdir "$work/away"
mv $bags/"$uuid".* "$work/away"
check_status 4 "recover with another code" as anna keybagctl recover "$work/foreign" $cheap \
	<<<"$other_code"$'\nnew'
check_status 4 "recover with a mistyped code" as anna keybagctl recover "$work/foreign" $cheap <<<$'123\nnew'
check_status 8 "recover another's" as ben keybagctl recover "$work/foreign" $cheap <<<"$code"$'\nnew'
check_status 2 "root, too, unless told whose it becomes" keybagctl recover "$work/foreign" $cheap <<<"$code"$'\nnew'
check_output "becomes the keybag of anna \(uid 1301\).*same person" "the message names the person" \
	keybagctl recover "$work/foreign" $cheap <<<"$code"$'\nnew'
check "and nothing was changed" [ ! -e "$bags/$uuid.keybag" ]
python3 "$here/lib/foreign_form.py" 66666666-6666-4666-8666-666666666666 1399 "$work/nobody" >/dev/null
check_output "no account with uid 1399, whose it is by that file.*useradd -u 1399" "recover one whose uid no account has: the message says what helps" \
	keybagctl recover --yes --no-passcode "$work/nobody" <<<"$code"
check_status 6 "recover what is no keybag" as anna keybagctl recover /etc/passwd $cheap <<<"$code"$'\nnew'
mkdir "$bags/$uuid.owner.new"
check_status 1 "recover while the note of its account cannot be written" as anna keybagctl recover "$work/foreign" $cheap \
	<<<"$code"$'\nnew'
check "leaves no keybag without one" [ ! -e "$bags/$uuid.keybag" ]
rmdir "$bags/$uuid.owner.new"
mkdir "$bags/$uuid.new"
check_status 1 "recover while the keybag cannot be written" as anna keybagctl recover "$work/foreign" $cheap <<<"$code"$'\nnew'
check "leaves no note of one" [ ! -e "$bags/$uuid.owner" ]
rmdir "$bags/$uuid.new"
mv "$work/away/$uuid.idle" $bags
check_output "$uuid, which is the keybag of anna \(uid 1301\) now" "recover: it says whose it is" \
	keybagctl recover --yes "$work/foreign" $cheap <<<"$code"$'\nnew'
check_output "locked after 250 s" "the time that its owner has set counts" as anna keybagctl timeout
check "with the new passcode" as anna keybagctl unlock <<<new
check "ak opens" opens ak
check_status 9 "this device only does not" as anna keybagctl unwrap --in "$work/aku"
check_status 12 "not twice" as anna keybagctl recover "$work/foreign" $cheap <<<"$code"$'\nnew'
keybagctl destroy --user anna --yes >/dev/null
check_output "older than one this machine has seen.*restart the machine" "an older copy in the same boot: the message names the remedy" \
	as anna keybagctl recover "$work/foreign" $cheap <<<"$code"$'\nnew'
forgotten
cat "$work/key" >$key
daemon_start
as anna keybagctl create $cheap <<<second >/dev/null 2>&1

# Disks
daemon_stop
modprobe loop
truncate -s 2M "$work/disk"
mkfs.ext4 -q "$work/disk"
mkdir "$work/kept"
cp -a $bags/. "$work/kept"
mount -o loop "$work/disk" $bags
cp -a "$work/kept"/. $bags
chmod 700 $bags
daemon_start
dd if=/dev/zero of=$bags/filler bs=1k 2>/dev/null
check_status 1 "a full disk: no change of passcode" as anna keybagctl passwd $cheap <<<$'second\nthird'
check_output "disk is full: nothing was changed" "the message says so" \
	as anna keybagctl passwd $cheap <<<$'second\nthird'
as anna keybagctl lock
check_status 4 "a wrong passcode counts" as anna keybagctl unlock <<<third
check_equal "$(as anna keybagctl unlock <<<second 2>&1)" "" "the old one opens, without a warning"
check_equal "$(find $bags -name '*.new' -o -name '*.old')" "" "nothing is left over"
check_status 1 "no other keybag is made" as ben keybagctl create $cheap <<<ben
check_status 9 "and none is there" as ben keybagctl status
rm $bags/filler
check "with room it is changed" as anna keybagctl passwd $cheap <<<$'second\nthird'
as anna keybagctl lock
mount -o remount,ro $bags
check_output "could not be saved" "a read-only disk: unlock warns" as anna keybagctl unlock <<<third
check_equal "$(state anna)" unlocked "and works"
check_output "read-only: nothing was changed" "change of passcode does not" \
	as anna keybagctl passwd $cheap <<<$'third\nfourth'
mount -o remount,rw $bags

# A disk that does not take the zeros: the keybag is gone, and what is left of it goes at the next start.
as ben keybagctl create $cheap <<<ben >/dev/null 2>&1
daemon_find
strace -f -q -o /dev/null -e trace=fdatasync -e inject=fdatasync:error=EIO -p "$daemon" &
tracer=$!
soon grep -q "TracerPid:	$tracer" "/proc/$daemon/status"
check_output "keybag of ben .*could not be overwritten: Input/output error: .*'systemctl restart keybagd' finishes it" \
	"destroyed half way: the message says how it is finished" keybagctl destroy --user ben --yes
kill $tracer
wait $tracer 2>/dev/null
check_status 9 "its name leads to nothing" keybagctl status --user ben
check_equal "$(find $bags -name '*.destroyed' | wc -l)" 1 "and its form is there"
daemon_restart
check_equal "$(find $bags -name '*.destroyed' | wc -l)" 0 "until keybagd has started again"
daemon_stop
umount $bags

chmod 777 $bags
check_status 1 "a folder others may write to" timeout 600 "$KEYBAGD"
chmod 700 $bags
daemon_start
check_status 1 "a second daemon" timeout 600 "$KEYBAGD"
finish
