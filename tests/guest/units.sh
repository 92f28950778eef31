#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd
#
# The units: the daemon does its work inside what the service allows, and comes back.
. "$(dirname "$0")/../lib/tap.sh"
[ -d /run/systemd/system ] || skip_all "not booted by systemd"

check "the module is loaded at boot" test -c /dev/keybag
check_equal "$(stat -c %a /dev/keybag)" 666 "everybody may open the device"
check "systemd knows the device" systemctl is-active dev-keybag.device
check_equal "$(stat -c '%a %F' /run/keybag/keybagd.sock)" "666 socket" "everybody may talk to keybagd"
check_equal "$(systemd-analyze verify --man=no /usr/lib/systemd/system/keybagd.{service,socket} 2>&1 |
	grep keybagd)" "" "systemd-analyze verify"

useradd -m -u 1201 -s /bin/bash anna
usermod -p "$(openssl passwd -1 anna-password)" anna
cp -a /etc/pam.d /run/test-pam.d
DEBIAN_FRONTEND=noninteractive pam-auth-update --enable keybag >/dev/null 2>&1
tidy() {
	keybagctl destroy --user anna --yes >/dev/null 2>&1
	userdel -rf anna 2>/dev/null
	rm -rf /etc/pam.d && mv /run/test-pam.d /etc/pam.d
}
trap tidy EXIT

state() {
	keybagctl status --user anna --json | jq -r .state
}

check "the socket starts the daemon" keybagctl list
check "it is active, and has said so itself" systemctl is-active keybagd.service
# The default cost: memory that has to be locked. What follows is to be quick.
check "create, with the default cost" keybagctl create --user anna <<<first-passcode
check "change of passcode" keybagctl passwd --user anna --kdf-memory 64 --kdf-passes 1 <<<$'first-passcode\nanna-password'
check "lock" keybagctl lock --full --user anna
check "unlock" keybagctl unlock --user anna <<<anna-password
keybagctl lock --full --user anna

main=$(systemctl show -P MainPID keybagd.service)
kill -KILL "$main"
check "killed: it answers again" keybagctl status --user anna
check_equal "$(($(systemctl show -P MainPID keybagd.service) != main))" 1 "it is another process"
check_equal "$(grep -cE '^(CapEff|CapPrm):.*0000000020284000$' "/proc/$(systemctl show -P MainPID keybagd.service)/status")" 2 \
	"it has the capabilities that its unit names, no more"

# A session that stays open: without one keybagd would lock.
coproc host { python3 "$(dirname "$0")/pam_session.py" login anna PASSWORD=anna-password TTY=tty6; }
while read -r -t 600 -u "${host[0]}" line && [[ $line == told* ]]; do :; done
check_output "^open " "login" echo "$line"
check_equal "$(state)" unlocked "unlocks"
journalctl --sync
check_output "pam_keybag\(login:setcred\): keybag of anna is unlocked" "the journal has it" \
	journalctl -b --no-pager -q -t python3
check_output 'event: state="unlocked" reason=login' "keybagd's side, too" journalctl -b --no-pager -q -u keybagd.service

systemctl stop keybagd.service keybagd.socket
check_status 10 "stopped: its absence has a status of its own" keybagctl status --user anna
systemctl start keybagd.socket
check_equal "$(state)" unlocked "started: the kernel's state is as it was"
exec {host[1]}>&-
wait "$host_PID"
closed() {
	[ "$(state)" != unlocked ]
}
soon closed
check_equal "$(state)" locked "the session ends: locked"
finish
