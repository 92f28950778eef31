#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: systemd kernel=6.1
#
# keychaind under systemd: started by its socket, hardened, restarted without a client noticing, units told apart.
. "$(dirname "$(readlink -f "$0")")/../lib/tap.sh"

command -v keychainctl >/dev/null || skip_all "the keychain is not installed"
CONF=/etc/keychain/entitlements.d/unit.conf
APP=/opt/keychain-test/app

end() {
	rm -f $CONF /etc/keychain/entitlements.d/app.conf
	rm -rf /opt/keychain-test
	keybagctl destroy --user anna --yes >/dev/null 2>&1
	keybagctl destroy --user root --yes >/dev/null 2>&1
	userdel -rf anna >/dev/null 2>&1
	rm -f /var/lib/keychain/1301/* /var/lib/keychain/0/*
}
trap end EXIT
useradd -m -u 1301 anna
keybagctl create --user anna --no-passcode >/dev/null 2>&1
keybagctl create --no-passcode >/dev/null 2>&1

# As from a login: the agent of this machine is a system unit itself.
session() {
	systemd-run --quiet --scope --slice=user.slice --collect setpriv --reuid anna --regid anna --init-groups "$@"
}
service() {
	systemctl show --value -p "$1" keychaind.service
}

systemctl stop keychaind.service
check_equal "$(systemctl is-active keychaind.socket)" active "the socket stays when the service is stopped"
session keychainctl add --account a <<<"secret"
check_equal "$?" 0 "a connection starts the service"
check_equal "$(systemctl is-active keychaind.service)" active "it runs"
pid=$(service MainPID)
check_equal "$(stat -c %U /proc/"$pid")" _keychain "as its own account"
check_equal "$(sed -n 's/^CapEff:\t//p; s/^CapBnd:\t//p' /proc/"$pid"/status | sort -u)" 0000000000000000 \
	"without capabilities"
check_equal "$(sed -n 's/^Seccomp:\t//p' /proc/"$pid"/status)" 2 "behind a filter of system calls"
check_equal "$(stat -c %U /proc/"$pid"/status)" root "closed to tracing"
check_equal "$(journalctl -q -u keychaind -p warning --grep 'not locked|Landlock' -o cat)" "" "with its memory locked"

systemctl restart keychaind.service
check_equal "$(session keychainctl find --account a)" secret "after a restart the item is there"
# As from a backup of a machine where the account has another number.
chown -R 12345 /var/lib/keychain/*
check_output "chown -R _keychain: /var/lib/keychain" "doctor says whose the files have to be" keybagctl doctor
systemctl stop keychaind.service
chown -R 12345 /var/lib/keychain
chmod 0700 /etc/keychain
rmdir /etc/keychain/entitlements.d
systemd-tmpfiles --create
check_equal "$(stat -c %a /etc/keychain /etc/keychain/entitlements.d | xargs)" "700 755" "modes in /etc stay as the administrator has made them"
chmod 0755 /etc/keychain
check_equal "$(session keychainctl find --account a)" secret "restored with another owner: it is there"
killed=$(service MainPID)
kill -KILL "$killed"
check_equal "$(session keychainctl find --account a)" secret "after its death as well"
# another: the service has started again
another() {
	pid=$(service MainPID)
	[ "$pid" != 0 ] && [ "$pid" != "$killed" ]
}
for i in 1 2 3 4 5 6; do
	soon another
	killed=$pid
	kill -KILL "$killed"
done
check_equal "$(session keychainctl find --account a)" secret "dying often does not leave it stopped"

call() {
	systemd-run --quiet --pipe --wait --collect --unit "$1" keychainctl call <<<"$2"
}
copy='{"op":"copy","query":{"class":"genp","acct":"a"}}'
check_equal "$(call probe.service "$copy" | jq -r .status)" -34018 "a system unit has no group of its own"
printf '[Match]\nUnit=probe.service\n[Grant]\nKeychainAccessGroups=probe\n' >$CONF
check_equal "$(call probe.service "$copy" | jq -r .status)" -25300 "with a file it has"
check_equal "$(call probe.service '{"op":"access"}' | jq -r '.result.groups[].group')" probe "the one that is granted"
check_equal "$(call other.service "$copy" | jq -r .status)" -34018 "another unit still has none"

# An executable that root made an identity, through keybagd, which reads /proc/PID/exe behind its own unit's walls.
mkdir -p /opt/keychain-test
install -o root -g 64200 -m 2755 /usr/bin/keychainctl $APP
cp /usr/bin/keychainctl /home/anna/app && chown anna: /home/anna/app
printf '[Match]\nExecutable=%s\n[Grant]\nKeychainAccessGroups=app, shared\n' $APP >/etc/keychain/entitlements.d/app.conf
groups_of() {
	session "$1" call <<<'{"op":"access"}' | jq -r '[.result.groups[].group] | join(" ")'
}
check_equal "$(groups_of $APP)" "app shared" "an executable of root's has what is granted to it"
check_equal "$(groups_of /home/anna/app)" "unconfined.1301" "a copy of it has not"
check_equal "$(groups_of keychainctl)" "unconfined.1301" "nor has another program"
session $APP add --account inside <<<"its own"
check_equal "$(session $APP find --account inside)" "its own" "it keeps items"
check_equal "$(session keychainctl find --account inside 2>/dev/null; echo $?)" 9 "that other programs do not see"
check_equal "$(call app.service "$copy" | jq -r .status)" -34018 "a unit that starts another program has nothing of it"
check_equal "$(systemd-run --quiet --pipe --wait --collect --uid anna --unit app.service $APP call \
	<<<'{"op":"access"}' | jq -r '.result.groups[0].group')" app "one that starts it has"
check_equal "$(systemd-run --quiet --pipe --wait --collect --uid anna --property NoNewPrivileges=yes --unit app2.service \
	$APP call <<<'{"op":"access"}' | jq -r '.result.groups | length')" 0 "but not where it may not gain its group"

check_equal "$(service MemorySwapMax) $(service MemoryMax) $(service TasksMax) $(service LimitMEMLOCK)" \
	"0 1073741824 704 infinity" "memory and threads have bounds"
check_equal "$(cat /sys/fs/cgroup/system.slice/keychaind.service/{memory.swap.max,memory.max,pids.max} | tr '\n' ' ')" \
	"0 1073741824 704 " "which are in force"

mkdir -m 0700 /var/lib/keychain/1301/bad.db
text=$(session keychainctl find -k bad --account a 2>&1)
check_equal "$?" 10 "a keychain that cannot be opened"
check_equal "$(grep -c "/var/lib/keychain/1301/bad.db.*account" <<<"$text")" 1 "its user is told why"
journalctl --sync
check "and the journal" journalctl -q -u keychaind --grep "bad.db"
rmdir /var/lib/keychain/1301/bad.db

# A service manager that listens for a service which cannot start.
check_equal "$(keybagctl doctor --json | jq -r '.findings[] | select(.check == "keychaind") | .verdict')" ok "doctor asks it"
mkdir -p /run/systemd/system/keychaind.service.d
printf '[Service]\nExecStart=\nExecStart=/bin/false\n' >/run/systemd/system/keychaind.service.d/broken.conf
systemctl daemon-reload
systemctl stop keychaind.service
systemctl restart keychaind.socket
check_equal "$(session keybagctl status --json | jq .keychain_answers)" false "a socket alone is no answer"
rm -r /run/systemd/system/keychaind.service.d
systemctl daemon-reload
systemctl reset-failed keychaind.service keychaind.socket
systemctl restart keychaind.socket
check_equal "$(session keybagctl status --json | jq .keychain_answers)" true "the service is one"
finish
