#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd kernel=6.1
#
# Reports of keybagd to the journal and to the kernel's audit system: who did what, when and why.
. "$(dirname "$0")/../lib/tap.sh"
[ -d /run/systemd/system ] || skip_all "not booted by systemd"

# audit_enable 0|1: the kernel's audit system, as 'auditctl -e' does. Without auditd, records are in its log.
audit_enable() {
	python3 - "$1" <<-'PYTHON'
		import socket, struct, sys
		audit = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
		status = struct.pack("=10I", 1, int(sys.argv[1]), *[0] * 8)
		audit.send(struct.pack("=IHHII", 16 + len(status), 1001, 5, 1, 0) + status)
		sys.exit(-struct.unpack("=i", audit.recv(64)[16:20])[0])
	PYTHON
}

useradd -m -u 1201 anna
check "audit system on" audit_enable 1
tidy() {
	audit_enable 0
	keybagctl destroy --user anna --yes >/dev/null 2>&1
	userdel -rf anna 2>/dev/null
}
trap tidy EXIT
journalctl --update-catalog

# journal FIELD…: what keybagd has said with these fields, since this test began
since=$(date '+%F %T')
journal() {
	journalctl --since "$since" --no-pager -q _SYSTEMD_UNIT=keybagd.service "$@"
}

check "create" keybagctl create --user anna --kdf-memory 64 --kdf-passes 1 <<<right
check "unlock" keybagctl unlock --user anna <<<right
check "lock" keybagctl lock --user anna --reason idle
check_status 4 "a wrong passcode" keybagctl unlock --user anna <<<wrong1
check_status 4 "another one" setpriv --reuid 1201 --clear-groups keybagctl unlock <<<wrong2
check "the right one" keybagctl unlock --user anna <<<right
for i in 1 2 3 4 5 6; do
	keybagctl unlock --user anna <<<"wrong $i" >/dev/null 2>&1
done
check_status 5 "throttled" keybagctl unlock --user anna <<<right
check_equal "$(setpriv --reuid 1201 --clear-groups python3 "$(dirname "$0")/lib/service_request.py" unlock 1201 right 0 8)" 11 	"and eight times more"

journalctl --sync
check_output '"locked" reason=idle .*requester-uid=0' "state, reason and requester in the journal" \
	journal KEYBAG_STATE=locked KEYBAG_REASON=idle KEYBAG_REQUESTER_UID=0
check_output "wrong-passcode .*requester-uid=1201" "whose try it was" journal KEYBAG_RESULT=wrong-passcode KEYBAG_REQUESTER_UID=1201
check_equal "$(journal MESSAGE_ID=9c6c7d9798bb461d9b89bdb0c0aed83c PRIORITY=4 | wc -l)" \
	"$(journal KEYBAG_RESULT=wrong-passcode | wc -l)" "wrong ones have a number and a priority"
check_output "throttled" "throttled ones, too" journal MESSAGE_ID=0fae2a1de9c94c6e8960f9923a42139d
check_output "Wrong ones so far: [1-9]" "journalctl -x explains" journal -x MESSAGE_ID=9c6c7d9798bb461d9b89bdb0c0aed83c
check_output 'State of a keybag: locked' "changes of state, too" journal -x KEYBAG_STATE=locked
check_equal "$(journal -o json MESSAGE_ID=3b821c71781f4efd831286b9a91d9423 | jq -r 'select(.KEYBAG_SEQ == null) | .MESSAGE')" "" \
	"each key is a field"
check_equal "$(journal | grep -c 'wrong1\|wrong2\|wrong 1\|right$')" 0 "no passcode is in it"

keybagctl unload --user anna
flip "$(echo /var/lib/keybag/bags/*.keybag)" 100
keybagctl load --user anna >/dev/null 2>&1
journalctl --sync
check_output "result=not-loaded error=74" "a damaged keybag" journal MESSAGE_ID=51ab49a5888741dc9eb3d896d7e2875a

# They come in their order, this one last.
soon bash -c "dmesg | grep 'type=2405 .*op=keybag'"
check_output "type=1100 .*op=keybag result=wrong-passcode.*requester-uid=1201.*res=failed" "audit: a wrong passcode" dmesg
check_output "type=1100 .*op=keybag result=throttled.*res=failed" "audit: a throttled one" dmesg
check_output "type=2405 .*op=keybag result=not-loaded.*res=failed" "audit: a damaged keybag" dmesg

check "keybagd is stopped" systemctl stop keybagd.service
check_output "^.*: ends$" "in order, whichever of its threads gets the signal" journal
check_equal "$(journal KEYBAG_RESULT=throttled KEYBAG_REQUESTER_UID=1201 -o json | jq -r '.KEYBAG_REPEATED // "first"' | tr '\n' ' ')" \
	"first 7 " "who goes on during a delay is told of once, and counted"
check "and started again" systemctl start keybagd.service

finish
