#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd every-kernel
#
# The units: the daemon does its work inside what the service allows, and comes back.
. "$(dirname "$0")/../lib/tap.sh"
[ -d /run/systemd/system ] || skip_all "not booted by systemd"

check "the module is loaded at boot" test -c /dev/keybag
check_equal "$(stat -c %a /dev/keybag)" 666 "everybody may open the device"
check "systemd knows the device" systemctl is-active dev-keybag.device
check_equal "$(stat -c '%a %F' /run/keybag/keybagd.sock)" "666 socket" "everybody may talk to keybagd"
check_equal "$(systemd-analyze verify --man=no /usr/lib/systemd/system/keybag{d.service,d.socket,-module.path} 2>&1 |
	grep keybag)" "" "systemd-analyze verify"

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

reason() {
	keybagctl status --user anna --json | jq -r .reason
}

check "the socket starts the daemon" keybagctl list
check "it is active, and has said so itself" systemctl is-active keybagd.service
# The default cost: memory that has to be locked. What follows is to be quick.
check "create, with the default cost" keybagctl create --user anna <<<first-passcode
check "change of passcode" keybagctl passwd --user anna --kdf-memory 64 --kdf-passes 1 <<<$'first-passcode\nanna-password'
check "lock" keybagctl lock --full --user anna
check "unlock" keybagctl unlock --user anna <<<anna-password
keybagctl lock --full --user anna
systemctl set-property --runtime keybagd.service TasksMax=1
check_status 1 "without a thread to be had" keybagctl unlock --user anna <<<anna-password
check_output "not enough memory" "nothing is said of wrong passcodes" keybagctl unlock --user anna <<<anna-password
systemctl set-property --runtime keybagd.service TasksMax=1000
check "with one it opens" keybagctl unlock --user anna <<<anna-password
keybagctl lock --full --user anna

main=$(systemctl show -P MainPID keybagd.service)
kill -KILL "$main"
check "killed: it answers again" keybagctl status --user anna
check_equal "$(($(systemctl show -P MainPID keybagd.service) != main))" 1 "it is another process"
check_equal "$(grep -cE '^(CapEff|CapPrm):.*0000000020284004$' "/proc/$(systemctl show -P MainPID keybagd.service)/status")" 2 \
	"it has the capabilities that its unit names, no more"

check_equal "$(systemctl show -P MemoryMax -P OOMScoreAdjust keybagd.service | tr '\n' ' ')" "536870912 -900 " \
	"what clients make it hold has a bound, and it is among the last to be killed for want of memory"
# More often than a unit is started again within ten seconds, unless it says otherwise.
is_another() {	# MAIN: another process is the main one, and ready; it is 0 while there is none
	now=$(systemctl show -P MainPID keybagd.service)
	[ "$now" != 0 ] && [ "$now" != "$1" ] && systemctl -q is-active keybagd.service
}
for _ in 1 2 3 4 5 6; do
	main=$(systemctl show -P MainPID keybagd.service)
	kill -KILL "$main"
	soon is_another "$main"
done
check "killed six times at once: it answers again" keybagctl status --user anna

# Settings
printf '%s\n' 'kdf-memory-kib = 64' 'kdf-passes = 1' >/etc/keybag/keybagd.conf
main=$(systemctl show -P MainPID keybagd.service)
check "reload" systemctl reload keybagd.service
said() {
	journalctl --sync
	journalctl -b --no-pager -q -u keybagd.service | grep -q "$1"
}
check "reads the settings again" soon said 'keybagd.conf is read again'
echo 'kdf-passes = many' >>/etc/keybag/keybagd.conf
systemctl reload keybagd.service
check "a mistake in them" soon said 'keybagd.conf:3: not understood'
check "leaves them as they were" soon said 'the settings stay as they were'
kill -HUP "$main"
said_again() {
	journalctl --sync
	[ "$(journalctl -b --no-pager -q -u keybagd.service | grep -c 'the settings stay as they were')" = 2 ]
}
check "SIGHUP is a reload, too" soon said_again
check_equal "$(systemctl show -P MainPID,ActiveState keybagd.service | tr '\n' ' ')" "$main active " "SIGHUP ends nothing"
rm /etc/keybag/keybagd.conf
main=$(systemctl show -P MainPID keychaind.service)
if [ "$main" != 0 ]; then
	kill -HUP "$main"
	keychainctl list >/dev/null 2>&1
	check_equal "$(systemctl show -P MainPID keychaind.service)" "$main" "nor that of keychaind"
fi

# A session that stays open: without one keybagd would lock.
coproc host { python3 "$(dirname "$0")/lib/pam_session.py" login anna PASSWORD=anna-password TTY=tty6; }
while read -r -t 600 -u "${host[0]}" line && [[ $line == told* ]]; do :; done
check_output "^open " "login" echo "$line"
check_equal "$(state)" unlocked "unlocks"
journalctl --sync
check_output "pam_keybag\(login:setcred\): keybag of anna is unlocked" "the journal has it" \
	journalctl -b --no-pager -q -t python3
check_output 'event: state="unlocked" reason=login' "keybagd's side, too" journalctl -b --no-pager -q -u keybagd.service

# without_lock COMMAND…: the state after keybagd was gone, for less time than the kernel waits for it
without_lock() {
	local tries
	for tries in 1 2 3 4 5; do
		keybagctl unlock --user anna <<<anna-password
		SECONDS=0
		"$@"
		now=$(state)
		[ "$SECONDS" -ge 25 ] || break
	done
	echo "$now"
}
killed() {
	kill -KILL "$(systemctl show -P MainPID keybagd.service)"
}
check_equal "$(without_lock systemctl restart keybagd.service)" unlocked "restarted: as it was"
check_equal "$(without_lock killed)" unlocked "killed: as it was, too"
kill -TERM "$(systemctl show -P MainPID keybagd.service)"
locked() {
	[ "$(state)" = locked ]
}
check "SIGTERM: locked" soon locked
check_equal "$(reason)" follower "with its reason"
keybagctl unlock --user anna <<<anna-password
systemctl stop keybagd.service keybagd.socket
check_status 10 "stopped: its absence has a status of its own" keybagctl status --user anna
systemctl start keybagd.socket
check_equal "$(state) $(reason)" "locked follower" "and everything is locked"

# Started by hand it takes nothing away from the socket; a client may have started the service again by then.
systemctl stop keybagd.service
check_output "somebody listens there already.*systemctl stop keybagd.socket|another keybagd runs already" \
	"by hand while systemd listens: refused" timeout 60 /usr/sbin/keybagd
check "the service is there as before" keybagctl list
rm /run/keybag/keybagd.sock
systemctl restart keybagd.service
check "a socket whose name is gone: the journal has the remedy" soon said \
	"nobody can connect: .*systemctl restart keybagd.socket keybagd.service"
check_output "systemctl restart keybagd.socket keybagd.service" "and doctor" keybagctl doctor
systemctl restart keybagd.socket keybagd.service
check "which helps" keybagctl list
keybagctl unlock --user anna <<<anna-password
exec {host[1]}>&-
wait "$host_PID"
closed() {
	[ "$(state)" != unlocked ]
}
soon closed
check_equal "$(state)" locked "the session ends: locked"

# The device key as a credential, as keybagd(8) shows, but for the encryption, which takes a TPM or a host key.
credential=/run/systemd/system/keybagd.service.d/device-key.conf
mkdir -p ${credential%/*}
cp -p /etc/keybag/device.key /run/test-device.key
printf '[Service]\nLoadCredential=keybag.device-key:/run/test-device.key\n' >$credential
mv /etc/keybag/device.key /run/test-device.key.file
keybagctl evict
systemctl daemon-reload
systemctl restart keybagd.service
check "the device key as a credential, with no file: the keybag is loaded" keybagctl unlock --user anna <<<anna-password
check_equal "$(ls /etc/keybag/device.key 2>&1 | grep -c 'No such file')" 1 "and none is made"
mv /run/test-device.key.file /etc/keybag/device.key
rm -r ${credential%/*} /run/test-device.key
systemctl daemon-reload
systemctl restart keybagd.service
check "the file again" keybagctl unlock --user anna <<<anna-password
finish
