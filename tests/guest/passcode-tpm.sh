#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd tpm kernel=6.1 long
#
# A passcode that the TPM of the machine checks: set, right, wrong, changed, used up and removed, by the service as its unit
# confines it. At landing unit/helper_guard stands for it, with each command of the TPM failing, and attacks of its owner.
. "$(dirname "$0")/lib/keybags.sh"
[ -c /dev/tpmrm0 ] || skip_all "no TPM"
keybags_begin
cheap="--kdf-memory 64 --kdf-passes 1"
indexes=$(dirname "$0")/lib/tpm_indexes.py

count() {
	"$indexes" | wc -l
}

milliseconds() {
	local begin
	begin=$(date +%s%N)
	"$@" >/dev/null
	echo $((($(date +%s%N) - begin) / 1000000))
}

check "a keybag" as anna keybagctl create $cheap <<<first
check_equal "$(field anna passcode_tpm) $(field anna tpm_tries)" "false null" "the TPM does not check its passcode"
check_status 8 "without a recovery code it is not to" as anna keybagctl passwd --tpm $cheap <<<$'first\nsecond'
check_equal "$(count) $(field anna passcode_tpm)" "0 false" "nor does it"
check "nor where nothing is said" as anna keybagctl passwd $cheap <<<$'first\nsecond'
check_equal "$(count) $(field anna passcode_tpm)" "0 false" "which sets the passcode all the same"
as anna keybagctl lock
without=$(milliseconds as anna keybagctl unlock <<<second)
code=$(as anna keybagctl recovery add <<<second 2>/dev/null)
check "a recovery code that is kept" as anna keybagctl recovery confirm <<<"$code"
check_output "the TPM checks the passcode" "with it, it is the default" as anna keybagctl passwd $cheap <<<$'second\nthird'
check_equal "$(count) $(field anna passcode_tpm) $(field anna tpm_tries)" "1 true 64" "an index counts wrong ones"
check_output "takes 64 more wrong passcodes" "status says so" as anna keybagctl status
check_output "^ok +passcode-tpm .*64" "doctor, too" keybagctl doctor
first_index=$("$indexes")

as anna keybagctl lock
check "the passcode opens" as anna keybagctl unlock <<<third
as anna keybagctl lock
with=$(milliseconds as anna keybagctl unlock <<<third)
echo "# unlock: $without ms without, $with ms with the TPM"
as anna keybagctl lock
check_status 4 "a wrong one does not" as anna keybagctl unlock <<<wrong
check_equal "$(field anna failures) $(field anna tpm_tries)" "1 63" "and counts here and there"
check_status 4 "again" as anna keybagctl unlock <<<wrong
check_equal "$(field anna failures) $(field anna tpm_tries)" "1 63" "the same one again counts nowhere"
check_status 4 "another one" as anna keybagctl unlock <<<wrong2
check_equal "$(field anna failures) $(field anna tpm_tries)" "2 62" "counts"
check "the right one" as anna keybagctl unlock <<<third
check_equal "$(field anna failures) $(field anna tpm_tries)" "0 64" "sets both back"
systemctl restart keybagd.service
as anna keybagctl lock
check "it opens by another keybagd, too" as anna keybagctl unlock <<<third

check "changed" as anna keybagctl passwd $cheap <<<$'third\nfourth'
check_equal "$(count) $(field anna passcode_tpm)" "1 true" "there is one index still"
check "another one" test "$("$indexes")" != "$first_index"
check_equal "$(find /var/lib/keybag/bags -name '*.index*')" "" "and no note of the first"
as anna keybagctl lock
check_status 4 "the passcode of before is wrong" as anna keybagctl unlock <<<third
check "the new one opens" as anna keybagctl unlock <<<fourth
check "a new recovery code goes with it" as anna keybagctl recovery add --replace --yes <<<fourth
code=$(as anna keybagctl recovery add --replace --yes <<<fourth 2>/dev/null)
as anna keybagctl recovery confirm <<<"$code" >/dev/null
as anna keybagctl lock
check "and the passcode stays" as anna keybagctl unlock <<<fourth

keybagctl evict
systemctl restart keybagd.service
check "after a restart" as anna keybagctl unlock <<<fourth
for at in 1 2; do
	# Stopped in the midst of a change: what is left over goes with the next one.
	strace -f -o /dev/null -e trace=rename,renameat,renameat2 -e inject=rename,renameat,renameat2:signal=KILL:when=$at \
		-p "$(systemctl show -P MainPID keybagd.service)" & tracer=$!
	sleep 2
	as anna keybagctl passwd $cheap <<<$'fourth\nfifth' >/dev/null 2>&1
	wait $tracer
	systemctl restart keybagd.socket keybagd.service
	as anna keybagctl lock >/dev/null 2>&1
	check "killed at write $at: the old passcode or the new one opens" sh -c \
		"runuser -u anna keybagctl unlock <<-end || runuser -u anna keybagctl unlock <<-end
		fourth
		end
		fifth
		end"
	check "and is changed" as anna keybagctl passwd --recovery --yes $cheap <<<"$code"$'\nfourth'
	check_equal "$(count)" 1 "nothing is left over"
done

"$indexes" remove
as anna keybagctl lock
check_status 1 "an index that somebody has deleted" as anna keybagctl unlock <<<fourth
check_output "was deleted: 'keybagctl passwd --recovery'" "is told, with the way on" as anna keybagctl unlock <<<fourth
check_equal "$(field anna failures)" 0 "and nothing is counted"
check "which leads on" as anna keybagctl passwd --recovery --yes $cheap <<<"$code"$'\nsixth'
check "to a passcode that opens" as anna keybagctl unlock <<<sixth
check_equal "$(count) $(field anna tpm_tries)" "1 64" "with an index of its own"

check "without the TPM" as anna keybagctl passwd --no-tpm $cheap <<<$'sixth\nseventh'
check_equal "$(count) $(field anna passcode_tpm)" "0 false" "the index goes"
check "and back" as anna keybagctl passwd --tpm $cheap <<<$'seventh\neighth'
check_equal "$(count) $(field anna passcode_tpm)" "1 true" "it comes"
check "without a passcode" as anna keybagctl passwd --remove --yes <<<eighth
check_equal "$(count) $(field anna passcode_tpm)" "0 false" "it goes"
check "once more" as anna keybagctl passwd --set --yes --no-recovery $cheap <<<ninth
check_equal "$(count) $(field anna passcode_tpm)" "1 true" "it comes"
check "destroyed" keybagctl destroy --user anna --yes
check_equal "$(count)" 0 "it goes with the keybag"
finish
