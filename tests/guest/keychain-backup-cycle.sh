#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long kernel=6.1 paths=helper/keychain/items/backup,helper/keychain/items/restore,helper/keychain/store/backup,helper/keychain/command/backup,helper/keychain/command/restore,helper/keybagd/operation/backup,helper/keybagd/secret/backup,kmod/change/backup
#
# At landing: unit/keychain_backup, guest/keychain-backup.sh.
#
# keychainctl backup and restore: a keychain whose keybag is destroyed comes back whole under another one, on this device and,
# but for what stays there, on another; what is there is kept or replaced; damaged files lose what is damaged, and no more.

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

passcode="one two three"
password="battery staple"
anna() { runuser -u anna -- "$@"; }
call() { anna keychainctl call <<<"$1"; }
backup() { printf '%s\n' "$passcode" "$password" | anna keychainctl backup "$@"; }
restore() { printf '%s\n' "$passcode" "$password" | anna keychainctl restore "$@"; }
create() {
	anna keybagctl create --kdf-memory 64 --kdf-passes 1 >/dev/null 2>&1 <<<"$passcode"
	anna keybagctl unlock <<<"$passcode" >/dev/null
}
destroy() { keybagctl destroy --user anna --yes >/dev/null 2>&1; }
# All items with everything there is to know of them; CLASS...: only those of these protection classes.
items() {
	local class
	for class in genp inet cert keys; do
		call "{\"op\":\"copy\",\"query\":{\"class\":\"$class\",\"m_Limit\":\"m_LimitAll\",\"r_Attributes\":true,\"r_Data\":true,\"r_PersistentRef\":true,\"sync\":\"syna\"}}" |
			jq -cS --args '[.result[]? | select((.pdmn as $one | $ARGS.positional | index($one)) or ($ARGS.positional | length == 0))] | sort' "$@"
	done
}
# Secrets are too long for messages.
digest() { sha256sum; }
empty() {
	local class
	for class in genp inet cert keys; do
		call "{\"op\":\"delete\",\"query\":{\"class\":\"$class\",\"sync\":\"syna\"}}" >/dev/null
	done
}
add() { call "{\"op\":\"add\",\"query\":{$1}}" >/dev/null; }
typed() { runuser -u anna -- python3 "$(dirname "$(readlink -f "$0")")/lib/terminal.py" keychainctl "$@"; }
# FILE OFFSET: a copy with that byte changed
flipped() {
	rm -f damaged
	cp full "damaged"
	flip damaged "$1"
	chmod a+r damaged
}

create
cd "$work" || exit

for class in ak ck dk aku cku dku; do
	anna keychainctl add --account "$class" --service backup --label "label of $class" --comment "note" --accessible "$class" <<<"secret of $class"
done
anna keychainctl add --account akpu --service backup --accessible akpu <<<"never"
anna keychainctl add --server example.org --account anna --protocol https --port 443 --attribute color=blue <<<"internet"
anna keychainctl add --account none --service backup --no-secret
head -c 200000 /dev/urandom | base64 -w0 >long
add "\"class\":\"genp\",\"acct\":\"long\",\"svce\":\"backup\",\"v_Data\":{\"data\":\"$(head -c 60000 long)\"}" 2>/dev/null
anna keychainctl add --account large --service backup --accessible ck <long
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
openssl req -x509 -new -key key.pem -subj "/O=Example/CN=Anna" -days 30 -out cert.pem 2>/dev/null
openssl pkcs12 -export -inkey key.pem -in cert.pem -name "identity" -passout pass: -out both.p12
chmod a+r both.p12
anna keychainctl import both.p12 </dev/null >/dev/null 2>&1
before=$(items ak ck dk aku cku dku)
count=$(wc -l <<<"$(jq -c '.[]' <<<"$before")")

# -- to a file --
check_output "keychainctl: $count items are in full" "all items but akpu's" backup full
check_equal "$(stat -c '%a %U' full)" "600 anna" "its owner alone can read it"
check_equal "$(grep -c -e backup -e secret -e anna -e example full)" 0 "nothing of them is in the clear"
check_status 12 "a file that is there stays" backup full
check "unless it is to be replaced" backup full --force
ln -s full link
check_status 12 "a link is no file to replace" backup link
check_status 2 "nor with --force" backup link --force
check_status 4 "a wrong passcode" eval 'printf "wrong\n$password\n" | anna keychainctl backup other'
check_equal "$(ls other 2>/dev/null)" "" "leaves no file"
check_equal "$(keybagctl status --user anna --json | jq .failures)" 1 "and counts"
check_status 2 "no password at all" eval 'echo "$passcode" | anna keychainctl backup other'
check "the passcode is right again" backup other
check_equal "$(keybagctl status --user anna --json | jq .failures)" 0 "and nothing counts"
check_status 9 "a folder that is not there" backup nowhere/file
anna keybagctl lock >/dev/null
check_status 3 "a locked keybag" backup locked
check_status 3 "to restore into" restore full
check_equal "$(ls locked 2>/dev/null)" "" "leaves no file either"
anna keybagctl unlock <<<"$passcode" >/dev/null
shown=$(typed backup typed -- "Passcode of the keybag: " "$passcode" "New password of the backup: " "$password" "The same once more: " "$password" 2>&1)
check_output "strength of this password" "on a terminal its strength is told" echo "$shown"
check_equal "$(ls typed)" typed "and the file is there"

# -- what is there stays --
check_output "added: 0, replaced: 0, kept as they are: $count" "restored over itself" restore full
check_equal "$(items ak ck dk aku cku dku | digest)" "$(digest <<<"$before")" "nothing has changed"
anna keychainctl update --account ak --service backup --set label=changed
anna keychainctl delete --account ck --service backup --limit 1 >/dev/null
changed=$(items | digest)
check_output "would be added: 1, replaced: 0, kept as they are: $((count - 1))" "a dry run" restore full --dry-run
check_equal "$(items | digest)" "$changed" "changes nothing"
check_output "added: 1, replaced: 0, kept as they are: $((count - 1))" "what was deleted comes back" restore full
check_output "label: changed" "what was changed stays" anna keychainctl find --account ak --service backup --attributes
anna keychainctl add --account new --service backup <<<"new"
check_status 2 "--replace asks" restore full --replace
check_output "would be added: 0, replaced: $count, kept as they are: 0, deleted: 1$" "a dry run of --replace" restore full --replace --yes --dry-run
check "--replace" restore full --replace --yes
check_equal "$(items ak ck dk aku cku dku | digest)" "$(digest <<<"$before")" "makes all as it was"
check_equal "$(anna keychainctl find --account akpu --service backup)" never "but for akpu, which no backup has"

# -- another keybag --
check_status 4 "a wrong password" eval 'printf "$passcode\nwrong\n" | anna keychainctl restore full'
check_equal "$(keybagctl status --user anna --json | jq .failures)" 0 "counts for nothing"
destroy
create
check_output "added: $count, replaced: 0" "into another keybag" restore full
check_equal "$(items | digest)" "$(digest <<<"$before")" "all comes back, with references, dates, groups and secrets"
check_equal "$(call '{"op":"copy","query":{"class":"idnt","m_SubjectContains":"Anna"}}' | jq .status)" 0 "the identity, too"

# -- damage --
empty
size=$(stat -c %s full)
flipped 3
check_status 6 "no backup" restore damaged
flipped 40
check_status 6 "a damaged head" restore damaged
printf x | anna tee -a appended <full >/dev/null 2>&1
(cat full; printf 'garbage') >extended
chmod a+r extended
check_status 13 "what stands behind it is told" restore extended
check_equal "$(items | digest)" "$(digest <<<"$before")" "and all of it is there"
empty
head -c $((size - 200)) full >short
chmod a+r short
check_status 13 "a file that ends too early" restore short
check_output "ends too early" "is told as such" restore short
check_output "nothing was deleted" "and replaces nothing for good" restore short --replace --yes
empty
flipped $((size - 250000))
check_status 13 "a damaged secret" restore damaged
check_equal "$(items | jq -c '.[]' | wc -l)" $((count - 1)) "loses one item alone"
check_output "is damaged in the backup: genp: backup, large" "which is named" restore damaged
python3 - full <<'P'
import sys, struct
data = open(sys.argv[1], "rb").read()
frames, at = [], 16 + struct.unpack("<I", data[12:16])[0]
head = data[:at]
while at < len(data):
    length = struct.unpack("<I", data[at + 16:at + 20])[0]
    frames.append(data[at:at + 24 + length])
    at += 24 + length
def put(name, parts):
    open(name, "wb").write(head + b"".join(parts))
put("twice", frames[:3] + frames[2:])
put("swapped", [frames[0], frames[2], frames[1]] + frames[3:])
put("lacking", frames[:2] + frames[3:])
put("no-keys", frames[1:])
bad = bytearray(frames[3]); bad[16] ^= 1
put("framing", frames[:3] + [bytes(bad)] + frames[4:])
P
chmod a+r twice swapped lacking no-keys framing
for file in twice swapped lacking framing; do
	empty
	check_status 13 "frames: $file" restore $file
done
check_status 2 "without keys nothing is begun" restore no-keys
empty
call '{"op":"add","query":{"class":"genp","acct":"mine","svce":"own"}}' >/dev/null
check_output "nothing was deleted" "one that lacks an item" restore lacking --replace --yes
check_equal "$(anna keychainctl list --account mine | wc -l)" 1 "removes none"

# -- deleted since --
empty
check "all of it" restore full
add '"class":"genp","acct":"synced","svce":"backup","sync":true,"pdmn":"ak"'
check "with a synchronizable item" backup synced
call '{"op":"delete","query":{"class":"genp","acct":"synced","sync":true}}' >/dev/null
check_output "was deleted after the backup, and stays so: genp: backup, synced" "a tombstone is newer" restore synced
anna keychainctl delete --account ak --service backup --limit 1 >/dev/null
anna keychainctl add --account ak --service backup --accessible dk <<<"in the way"
check_output "is there already, and stays: genp: backup, ak" "another item of that name" restore full
check_equal "$(anna keychainctl find --account ak --service backup)" "in the way" "is what there is"
check "unless replaced" restore full --replace --yes
check_equal "$(anna keychainctl find --account ak --service backup)" "secret of ak" "by that of the backup"

# -- another owner --
runuser -u ben -- keybagctl create --kdf-memory 64 --kdf-passes 1 >/dev/null 2>&1 <<<"ben's"
runuser -u ben -- keybagctl unlock <<<"ben's" >/dev/null
cp full of-anna
chmod a+r of-anna
check_status 13 "another user who has the password" eval 'printf "ben'"'"'s\n$password\n" | runuser -u ben -- keychainctl restore of-anna'
check_equal "$(runuser -u ben -- keychainctl find --account dk --service backup 2>&1)" "secret of dk" "gets what goes anywhere"
check_status 9 "not what stays with its owner" runuser -u ben -- keychainctl find --account dku --service backup

# -- another device --
keybagctl destroy --user ben --yes >/dev/null 2>&1
destroy
keybagctl destroy --system --yes >/dev/null 2>&1
if [ -z "$(ls /var/lib/keybag/bags)" ] && [ -e /etc/keybag/device.key ]; then
	keybagctl evict >/dev/null
	mv /etc/keybag/device.key "$work/device.key"
	create
	anna keychainctl add --account mine --service here --accessible aku <<<"of this device"
	anna keychainctl add --account mine --service gone --accessible ak <<<"of any"
	check_status 13 "on another device" restore full --replace --yes
	check_equal "$(items ak ck dk | digest)" "$(jq -cS 'map(select(.pdmn | test("^..$"))) | sort' <<<"$before" | digest)" "what goes anywhere is there"
	check_output "made on: 3$" "what stays is counted" restore full
	check_output "stays on the device.*: genp: backup, aku" "and named" restore full
	check_equal "$(anna keychainctl find --account mine --service here)" "of this device" "--replace leaves what the file cannot have"
	check_status 9 "and removes what it could" anna keychainctl find --account mine --service gone
	destroy
	keybagctl evict >/dev/null
	mv "$work/device.key" /etc/keybag/device.key
else
	skip "this machine has other keybags" "another device"
fi
finish
