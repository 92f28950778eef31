#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Uses of keybagctl by people, with every exit code it documents.
. "$(dirname "$0")/lib/keybags.sh"
keybags_begin

cheap="--kdf-memory 64 --kdf-passes 1"

check_status 9 "no keybag has a status of its own" as anna keybagctl status
check_output "keybagctl create" "and the message says what to do" as anna keybagctl status
check_status 9 "wrap without a keybag" as anna keybagctl wrap --class ak --out "$work/x" <<<secret
check_output "warning.*64 KiB" "a cheap KDF is warned of" as anna keybagctl create $cheap <<<first
check_status 12 "a second keybag is refused" as anna keybagctl create $cheap <<<first
check_output "already" "with --if-missing that is no error, and nothing is asked" as anna keybagctl create --if-missing </dev/null
check_equal "$(as anna keybagctl create --if-missing --json </dev/null | jq -r .uuid)" "$(as anna keybagctl list --json | jq -r '.keybags[0].uuid')" \
	"as JSON it is that keybag"
check_equal "$(field anna format)" 1 "JSON has a version"
check_equal "$(state anna)" "unlocked" "who makes his keybag finds it open"
check_equal "$(field anna owner_name)" anna "status names the account"
check_equal "$(field anna kdf.memory_kib)" 64 "status names the cost of the KDF"
check_output "stays unlocked|recovery add" "status names what is to be done" as anna keybagctl status

for class in ak ck dk aku cku dku akpu A B C D; do
	echo "secret of $class" | as anna keybagctl wrap --class $class --aad "$class" --out "$work/$class"
	check_equal "$(as anna keybagctl unwrap --aad $class --in "$work/$class")" "secret of $class" \
		"class $class: wrap and unwrap"
done
check_status 2 "files are not sealed under class B" as anna keybagctl seal --class B --in "$work/ak" --out "$work/x"
check "4096 bytes are the most under class B, too" as anna keybagctl wrap --class B --in "$work/4096" --out "$work/large"
as anna keybagctl unwrap --in "$work/large" --out "$work/small"
check "and come back from it" cmp "$work/small" "$work/4096"
check_status 6 "another --aad does not open it" as anna keybagctl unwrap --aad other --in "$work/ak"
cp "$work/ak" "$work/damaged"
chmod 644 "$work/damaged"
flip "$work/damaged" 40
check_status 6 "a damaged blob" as anna keybagctl unwrap --aad ak --in "$work/damaged"
check_status 6 "no blob at all" as anna keybagctl unwrap --in /etc/passwd
check "4096 bytes are the most" as anna keybagctl wrap --class ak --in "$work/4096" --out "$work/large"
as anna keybagctl unwrap --in "$work/large" --out "$work/small"
check "and come back" cmp "$work/small" "$work/4096"
check_status 2 "4097 are too many" as anna keybagctl wrap --class ak --in "$work/4097" --out "$work/x"
check_status 2 "nothing is too little" as anna keybagctl wrap --class ak --in /dev/null --out "$work/x"
check_status 6 "a blob that is cut to nothing is damaged" as anna keybagctl unwrap --in /dev/null
head -c 100000 /dev/zero >"$work/extended"
check_status 6 "and so is one that is longer than any" as anna keybagctl unwrap --in "$work/extended"
check_status 9 "a file that is not there" as anna keybagctl unwrap --in /nowhere
check_status 2 "associated data over 4096 bytes is wrong use, not damage" \
	as anna keybagctl wrap --class ak --aad "$(head -c 4097 /dev/zero | tr '\0' a)" --in "$work/small" --out "$work/x"
node=/dev/test-null
mknod $node c 1 3
check "--out to a device" keybagctl unwrap --user anna --in "$work/large" --out $node
check "which stays one" test -c $node
rm -f $node
# Killed when the secret is written, and before it is in its place.
mkdir "$work/out"
for old in "" kept; do
	[ -z "$old" ] || echo $old >"$work/out/file"
	strace -o /dev/null -e inject=fsync:signal=KILL \
		keybagctl unwrap --user anna --in "$work/large" --out "$work/out/file" >/dev/null 2>&1
	check_equal "$(ls -A "$work/out") $(cat "$work/out/file" 2>/dev/null)" "${old:+file} $old" \
		"killed while it writes${old:+ over a file}: nothing of the secret is left"
done
check "the next one goes through" keybagctl unwrap --user anna --in "$work/large" --out "$work/out/file"
check_equal "$(ls -A "$work/out") $(stat -c %a "$work/out/file")" "file 600" "and leaves one file, its owner's alone"
check "which is whole" cmp "$work/out/file" "$work/4096"
check "without nameless files it goes by a name" strace -o /dev/null -P "$work/out/" \
	-e inject=openat:error=EOPNOTSUPP keybagctl unwrap --user anna --in "$work/large" --out "$work/out/named"
check "whole as well" cmp "$work/out/named" "$work/4096"
long=$work/out/$(head -c 255 /dev/zero | tr '\0' n)
for turn in made replaced; do
	check "a name as long as names get: $turn" keybagctl unwrap --user anna --in "$work/large" --out "$long"
done
check "a sealed file has a longer one: that is said" as anna sh -c "cd $work && : >${long##*/}"
check_output "too long: choose another one with --out" "with what to do" as anna sh -c "cd $work && keybagctl seal ${long##*/}"
rm "$long" "$work/${long##*/}"
for command in "unwrap --user anna --in $work/large" "wrap --user anna --class ck --in $work/4096" "seal --user anna --in $work/4096"; do
	check_output "standard output: Disk quota exceeded" "${command%% *}: a server that takes it, and tells later of its quota" \
		strace -o /dev/null -e inject=fsync:error=EDQUOT sh -c "exec keybagctl $command 2>&1 >$work/late"
done
check_equal "$(stat -c %s "$work/late")" 0 "and nothing stays of it"
rm "$work/late"
ln -s file "$work/out/link"
check "a link is replaced, not followed" \
	keybagctl unwrap --user anna --in "$work/large" --out "$work/out/link"
check "it is a file of its own" test -f "$work/out/link" -a ! -L "$work/out/link"
check "random bytes nobody sees" as anna keybagctl wrap --class ck --generate 32 --out "$work/random"
check_equal "$(as anna keybagctl unwrap --in "$work/random" | wc -c)" 32 "they are there"
check "rewrap to another class" as anna keybagctl rewrap --class dk --aad ak --new-aad new \
	--in "$work/ak" --out "$work/rewrapped"
check_equal "$(as anna keybagctl unwrap --aad new --in "$work/rewrapped")" "secret of ak" "which opens"

# opened LABEL CLASS…: exactly these classes open
opened() {
	local label=$1 class status want
	shift
	for class in ak ck dk aku cku dku akpu A B C D; do
		want=3
		[[ " $* " != *" $class "* ]] || want=0
		as anna keybagctl unwrap --aad $class --in "$work/$class" >/dev/null 2>&1
		status=$?
		[ $status = $want ] || break
	done
	check_equal "$class $status" "D ${want}" "$label"
}
check "lock" as anna keybagctl lock
check_equal "$(state anna) $(field anna reason)" "locked request" "locked, by request"
opened "locked: after first unlock and always" ck dk cku dku C D
check "locked: class B wraps" as anna keybagctl wrap --class B --aad late --out "$work/late" <<<"came while locked"
check_output "locked.*keybagctl unlock" "what does not open says why" \
	as anna keybagctl unwrap --aad ak --in "$work/ak"
check_output "class ak is not available while" "a rewrap names the class that it cannot go to" \
	as anna keybagctl rewrap --class ak --aad ck --in "$work/ck" --out "$work/nothing"
check_output "class B is not available while" "or the one that it cannot come from" \
	as anna keybagctl rewrap --class B --aad B --in "$work/B" --out "$work/nothing"
check "lock --full" as anna keybagctl lock --full
check_equal "$(state anna)" "before first unlock" "as after a restart"
opened "before first unlock: always" dk dku D
check "before first unlock: so does it" as anna keybagctl wrap --class B --aad late --out "$work/early" <<<"came before that"
check "unlock --first-only" as anna keybagctl unlock --first-only <<<first
check_equal "$(state anna)" locked "which goes no further than locked"
check_status 4 "wrong passcode" as anna keybagctl unlock <<<wrong
check_equal "$(field anna failures)" 1 "counts"
check_status 4 "the same one again" as anna keybagctl unlock <<<wrong
check_equal "$(field anna failures)" 1 "does not count"
check "unlock" as anna keybagctl unlock <<<first
check_equal "$(field anna failures)" 0 "clears the count"
opened "unlocked: all" ak ck dk aku cku dku akpu A B C D
check_equal "$(as anna keybagctl unwrap --aad late --in "$work/late") $(as anna keybagctl unwrap --aad late --in "$work/early")" \
	"came while locked came before that" "and what class B took in meanwhile"
as anna keybagctl rewrap --class ak --aad late --in "$work/late" --out "$work/late-ak"
check_equal "$(as anna keybagctl unwrap --aad late --in "$work/late-ak")" "came while locked" "it moves to another class"

check_status 4 "change of passcode with a wrong one" as anna keybagctl passwd $cheap <<<$'bad\nsecond'
check "change of passcode" as anna keybagctl passwd --kdf-memory 128 --kdf-passes 2 <<<$'first\nsecond'
check_equal "$(field anna 'kdf.memory_kib')$(field anna 'kdf.passes')" 1282 "with another cost"
as anna keybagctl lock --full
check_status 4 "the old one does not open any more" as anna keybagctl unlock <<<first
check "the new one does" as anna keybagctl unlock <<<second
opened "all classes survive a change of passcode" ak ck dk aku cku dku akpu A B C D

check_status 1 "--set where there is one" as anna keybagctl passwd --set <<<third
check "remove the passcode" as anna keybagctl passwd --remove --yes <<<second
check_status 1 "lock is refused" as anna keybagctl lock
check_output "no passcode" "and says why" as anna keybagctl lock
check_output "none: it stays unlocked" "status says so" as anna keybagctl status
check_status 9 "akpu is destroyed" as anna keybagctl unwrap --aad akpu --in "$work/akpu"
check_status 9 "and cannot be wrapped for" as anna keybagctl wrap --class akpu --out "$work/x" <<<x
check_equal "$(as anna keybagctl unwrap --aad ak --in "$work/ak")" "secret of ak" "the others open"
check "set a passcode" as anna keybagctl passwd --set $cheap <<<third
check_status 9 "akpu of before stays lost" as anna keybagctl unwrap --aad akpu --in "$work/akpu"
check "akpu of now works" as anna keybagctl wrap --class akpu --out "$work/akpu2" <<<x
check "lock" as anna keybagctl lock
check_status 3 "and locks" as anna keybagctl unwrap --in "$work/akpu2"
check "unlock" as anna keybagctl unlock <<<third

code=$(as anna keybagctl recovery add <<<third 2>/dev/null)
check_output '^([0-9A-Z]{5}-){5}[0-9A-Z]{5}$' "a recovery code is shown" echo "$code"
check_equal "$(field anna recovery)" unconfirmed "and is yet to be confirmed"
check_status 12 "a second one needs --replace" as anna keybagctl recovery add <<<third
check_status 4 "a slip of the pen is a wrong code" as anna keybagctl recovery confirm <<<"${code/[0-9]/U}X"
check_equal "$(field anna failures)" 0 "and does not count"
check_status 4 "another code" as anna keybagctl recovery confirm <<<"$other_code"
check "confirm, written as people write" as anna keybagctl recovery confirm <<<"$(tr 'A-Z-' 'a-z ' <<<"$code")"
check_equal "$(field anna recovery)" confirmed "status says so"
check "passcode forgotten: the code sets another" as anna keybagctl passwd --recovery --yes $cheap <<<"$code"$'\nfourth'
check "which opens" as anna keybagctl unlock <<<fourth
as anna keybagctl lock
check "the code unlocks" as anna keybagctl unlock --recovery <<<"$code"
new_code=$(as anna keybagctl recovery add --replace --yes <<<fourth 2>/dev/null)
check_status 4 "after --replace the old code is void" as anna keybagctl unlock --recovery <<<"$code"
check "and the new one is not" as anna keybagctl unlock --recovery <<<"$new_code"

for guess in 1 2 3 4; do
	check_status 4 "wrong passcode $guess" as anna keybagctl unlock <<<"guess $guess"
done
check_status 5 "then the right one is not even tried" as anna keybagctl unlock <<<fourth
check_output "wrong answers so far.*wait" "with the time to wait" as anna keybagctl unlock <<<fourth
check_equal "$(($(field anna retry_after_ns) > 1000000000))" 1 "status tells it too"

pid=$(pgrep -x keybagd)
check_equal "$(grep VmLck "/proc/$pid/status" | grep -c ' 0 kB')" 0 "keybagd: its memory is locked"
check_output '^Max core file size +0 +0 ' "keybagd: no core dumps" cat "/proc/$pid/limits"
check_status 1 "keybagd: others cannot look into it" as anna cat "/proc/$pid/maps"
check_equal "$(grep -cE "second|fourth|$code" /run/keybagd.log)" 0 "keybagd: no secret in its log"

check_output '"state":"[a-z]' "list as JSON" as anna keybagctl list --json
check_equal "$(as anna keybagctl list --json | jq -c '[.format, (.keybags | length)]')" "[1,1]" "an object with its format"
check_output '^20[0-9-]{8}T[0-9:]{8}\.[0-9]{9}Z$' "times are text that no number rounds" field anna state_time
check_status 2 "recovery confirm takes no --replace" as anna keybagctl recovery confirm --replace <<<"$code"
mkfifo "$work/watched"
head -n 1 "$work/watched" >/dev/null &
check "watch ends with its reader, without another event" timeout 60 sh -c "exec keybagctl watch --user anna >$work/watched"
check_equal "$(as anna keybagctl list | wc -l)" 1 "a user sees his own keybag only"
check_status 2 "unknown command" keybagctl frobnicate
check_status 2 "unknown option" keybagctl lock --frobnicate
check_status 2 "no class" keybagctl wrap --class zz
check_status 2 "an option of another command" keybagctl lock --json
check_status 9 "no such user" keybagctl status --user nobody-of-that-name
check_status 2 "an empty passcode" as ben keybagctl create <<<""
check "help" keybagctl --help
check_output "^usage: keybagctl wrap --class" "help of a command" keybagctl wrap --class ak --help
check_status 2 "a random secret that is read from a file" \
	as anna keybagctl wrap --class ak --generate 32 --in "$work/small" --out "$work/x"
check "'-' is standard input and output" sh -c \
	"echo x | keybagctl wrap --user anna --class ck --in - --out - | keybagctl unwrap --user anna --in - --out - | grep -x x"
check_equal "$(find . -maxdepth 1 -name -)" "" "no file of that name"
check_status 2 "a file without a name" as anna keybagctl wrap --class ak --in "$work/small" --out ""
check_status 9 "a folder that is not there" as anna keybagctl wrap --class ak --in "$work/small" --out /nowhere/x
check_status 9 "nobody is no user" keybagctl status --user ""
for command in "status" "status --json" "list" "doctor" "help" "--version" "unwrap --in $work/random"; do
	check_output "keybagctl: standard output: No space left" "$command to a full disk" \
		as anna sh -c "keybagctl $command 2>&1 >/dev/full"
	check_output "keybagctl: standard output: Bad file" "$command to a stream that is closed" \
		as anna sh -c "keybagctl $command 2>&1 >&-"
done
check_status 1 "which is a failure" as anna sh -c "keybagctl status >/dev/full"
check_status 1 "of watch too" as anna sh -c "keybagctl watch >/dev/full"
check_output "New passcode: standard input: Bad file" "no standard input" as ben sh -c "keybagctl create 2>&1 <&-"

check_status 2 "destroy wants to be sure" as anna keybagctl destroy <<<fourth
# The minute may be over, or be so in a moment.
while [ "$(field anna retry_after_ns)" -lt 30000000000 ]; do
	as anna keybagctl unlock <<<"guess $((++guess))" >/dev/null 2>&1
done
check_status 5 "its owner needs the passcode" as anna keybagctl destroy --yes <<<fourth
check "root does not" keybagctl destroy --user anna --yes
check_status 9 "it is gone" as anna keybagctl status
check_equal "$(find /var/lib/keybag/bags -type f | wc -l)" 0 "and its files"

check "a keybag without passcode" as anna keybagctl create --no-passcode </dev/null
check_equal "$(state anna)" unlocked "is unlocked"
check "its owner destroys it" as anna keybagctl destroy --yes
check_output "there is no system keybag" "of the system there is none" keybagctl lock --system
check "the system keybag" keybagctl create --system --if-missing
check "wraps for root" sh -c "echo x | keybagctl wrap --system --class ak | keybagctl unwrap --system"
check_status 1 "and never locks" keybagctl lock --system
check_output "never locks: 'keybagctl evict'" "which is said of it" keybagctl lock --system
check "is destroyed" keybagctl destroy --system --yes

# A lock time of one's own, within root's.
check "a keybag" as anna keybagctl create $cheap <<<passcode
check_output "never locked for inactivity" "without use it stays open" as anna keybagctl timeout
check_output "locked after 300 s without use" "its owner sets a time" as anna keybagctl timeout 300
check_equal "$(field anna lock_after_idle)$(as anna keybagctl timeout --json | jq .lock_after_idle)" 300300 "in JSON, too"
check_status 2 "a number it has to be" as anna keybagctl timeout soon
check_status 8 "another's is not for users" as ben keybagctl timeout --user anna 5
check_status 9 "without a keybag there is none to set" as ben keybagctl timeout 5
limit=/etc/keybag/keybagd.conf.d/timeout-test.conf
mkdir -p "${limit%/*}"
echo "lock-after-idle = 600" >$limit
daemon_restart
check_output "locked after 300 s .*at most 600 s" "a restart keeps it, and root's is the most" as anna keybagctl timeout
check_status 8 "more is refused" as anna keybagctl timeout 601
check_output "locked after 600 s without use; at" "default: root's" as anna keybagctl timeout default
rm $limit
daemon_restart
keybagctl destroy --user anna --yes >/dev/null
check_equal "$(find /var/lib/keybag/bags -type f | wc -l)" 0 "the note goes with the keybag"

# An upgrade may find a module of another version in the kernel: this version's programs close it all the same.
check "a keybag that is open" as anna keybagctl create $cheap <<<passcode
check "seals" as anna keybagctl wrap --class ak --out "$work/old" <<<x
daemon_stop
LD_PRELOAD=/mnt/build/helper/other_abi.so daemon_start
check_output "older than this program" "keybagd does not understand the module" as anna keybagctl unlock <<<passcode
check_status 10 "which status says as well" as anna keybagctl status
old_abi() {
	as anna env LD_PRELOAD=/mnt/build/helper/other_abi.so "$@"
}
check_output "unknown: it may be open" "nobody knows whether it is locked" old_abi keybagctl status
check_output "To do: .*the kernel module cannot be used" "with what is to be done" old_abi keybagctl status
check_equal "$(old_abi keybagctl status --json | jq -c '[.loaded, .state, .error]')" "[null,null,6]" "as JSON"
check_output " unknown +passcode" "in the list, too" old_abi keybagctl list
check "and locks what it holds" as anna keybagctl lock
check_status 3 "which does not open any more" as anna keybagctl unwrap --in "$work/old"
check "evicts it" keybagctl evict
daemon_restart
check "the one that understands it unlocks" as anna keybagctl unlock <<<passcode
check "what was sealed" as anna keybagctl unwrap --in "$work/old"

# Where keybagd does not run root still can take the keys out: the package is removed that way.
daemon_stop
check_status 10 "create says that keybagd does not run" as ben keybagctl create <<<passcode
check_status 10 "and so does recover" as ben keybagctl recover "$work/4096" <<<"$other_code"
check_status 10 "and destroy" as anna keybagctl destroy --yes <<<passcode
check_equal "$(keybagctl doctor --json | jq -r '.findings[] | select(.check == "key-in-use") | .verdict')" ok \
	"without keybagd the kernel has its keys"
check_status 10 "a user cannot evict them" as anna keybagctl evict
check "root can" keybagctl evict
check_equal "$(keybagctl doctor --json | jq -r '.findings[] | select(.check == "key-in-use") | .verdict')" error "and they are gone"
daemon_start
check "keybagd supplies them again" as anna keybagctl unlock <<<passcode
finish
