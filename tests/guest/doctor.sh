#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# keybagctl doctor: nothing to complain of on a machine that is well, and for each thing that is broken
# one finding that names the remedy.
. "$(dirname "$0")/lib/stack.sh"
stack_begin
device_key=/etc/keybag/device.key
bags=/var/lib/keybag/bags
report=/run/doctor.test
other_uuid=22222222-2222-4222-8222-222222222222

# examine [COMMAND…]: what doctor finds now, as root or by COMMAND
examine() {
	"$@" keybagctl doctor --json >$report
}

# found CHECK VERDICT PATTERN NAME: that is in it, with a remedy if it is a warning or an error
found() {
	local found
	found=$(jq -r --arg check "$1" --arg verdict "$2" '.findings[] | select(.check == $check and .verdict == $verdict) |
		select(.verdict != "error" and .verdict != "warning" or (.remedy | length) > 8) | .text' $report)
	if grep -qE -- "$3" <<<"$found"; then
		tap_result 0 "$4"
	else
		tap_result 1 "$4"
		diagnose "no $2 of $1 with a remedy and /$3/ in: $(cat $report)"
	fi
}

# -- a machine that is well --------------------------------------------------------------------------
check_output "^ok +daemon +keybagd answers" "for people" keybagctl doctor
check_status 0 "well: status 0" examine
check_equal "$(jq -r '.findings[] | select(.verdict == "error" or .verdict == "warning") | .check' $report)" "" \
	"nothing to mend"
check_equal "$(jq -r .worst $report)" note "the worst is a note"
found installed ok "updates/keybag.ko, version" "the installed module"
found version ok "module .*, interface [0-9]" "its version"
found signature note "without a signature" "its signature"
found pam ok "services open keybags" "services"
found panic-wipe ok "keys are wiped" "the package has panic notifiers run first"
found keybags note "there is no keybag" "no keybag yet"
check_status 2 "wrong use" keybagctl doctor --user anna

# -- kernels that a restart may choose ---------------------------------------------------------------
other=/lib/modules/9.9.9-other
mkdir -p $other/updates
touch $other/modules.order $other/modules.builtin
check_status 0 "what a removed kernel has left" examine
check_equal "$(jq '[.findings[] | select(.check == "kernels")] | length' $report)" 0 "is not one that can be started"
touch $other/vmlinuz
check_status 11 "a new kernel without the module: a status of its own" examine
found kernels warning "1 of 1 other kernels lack .* after a restart with 9.9.9-other" "is told before the restart"
cp "$(modinfo -n keybag)" $other/updates
depmod 9.9.9-other
check_status 0 "a new kernel with it" examine
found kernels ok "other installed kernels \(1\) have the module" "is fine"
echo Y >"/run/sig_enforce"
mount --bind /run/sig_enforce /sys/module/module/parameters/sig_enforce
check_status 11 "one whose module is not signed, where only signed ones are loaded" examine
found kernels warning "1 of 1 other kernels is not signed.* after a restart with 9.9.9-other" "is told before the restart, too"
umount /sys/module/module/parameters/sig_enforce
rm /run/sig_enforce
rm -r $other

# -- broken, several things at a time ------------------------------------------------------------------
keybagctl create --user ben --no-passcode >/dev/null
cp -a /etc/pam.d /run/pam.d.test
restore_pam() {
	rm -rf /etc/pam.d && cp -a /run/pam.d.test /etc/pam.d
}
cp -a $device_key /run/device.key.test
mv /etc/request-key.d/keybag.conf /run/rule.test

chmod 600 /dev/keybag
chmod 640 $device_key
chmod 755 $bags
sed -i '/pam_keybag/d' /etc/pam.d/common-*
echo N >/sys/module/kernel/parameters/crash_kexec_post_notifiers
check_status 1 "errors: a status of its own" examine
check_equal "$(keybagctl status --user ben --json | jq .module.panic_wipe)" false "status tells of crash dumps, too"
keybagctl destroy --user ben --yes >/dev/null
found device error "mode 600" "closed device"
found device-key error "others can get at it" "device key that others can read"
found folder warning "mode 755" "folder that others can list"
found request-key error "no rule" "no rule for request_key"
found pam error "no service has pam_keybag.so" "profile not enabled"
found panic-wipe note "dump" "a dump would have the keys"
systemd-tmpfiles --create keybag.conf
chmod 666 /dev/keybag
chmod 600 $device_key
restore_pam

touch -d "$(stat -c %y /etc/machine-id) - 1 minute" $device_key
examine
found device-key note "older than the machine's id" "a device key that came with an image"

echo >>$device_key
chown ben $bags
sed 's|/usr/libexec|/nowhere|' /run/rule.test >/etc/request-key.d/keybag.conf
sed -i '/pam_keybag/d' /etc/pam.d/common-session /etc/pam.d/common-password
modprobe brd rd_nr=1 rd_size=4096 2>/dev/null && mkswap /dev/ram0 >/dev/null 2>&1 && swapon /dev/ram0 &&
	echo 1:0 >/sys/power/resume
examine
found device-key error "33 bytes" "device key of a wrong size"
found folder error "owner 1202" "folder of somebody else"
found request-key error "cannot be run" "a rule for a program that is not there"
found pam warning "login has pam_keybag.so for auth, but not for session" "not for sessions"
found pam-passwd warning "passwd has no" "not for changes of password"
found panic-wipe ok "wiped" "the remedy helped"
if grep -q ram0 /proc/swaps; then
	found swap warning "swap /dev/ram0 is not encrypted" "swap without encryption"
	found hibernation warning "keys are wiped before" "hibernation without encryption"
	mkdir -p /run/credentials/keybagd.service
	touch /run/credentials/keybagd.service/keybag.device-key
	examine
	found hibernation warning "the device key, a credential" "hibernation with a device key that no wipe reaches"
	rm -r /run/credentials/keybagd.service
	echo 0:0 >/sys/power/resume
	swapoff /dev/ram0
else
	skip "no swap here" "swap without encryption"
fi
rmmod brd 2>/dev/null
chown root $bags
chmod 700 $bags
rm $device_key
mv /run/rule.test /etc/request-key.d/keybag.conf
restore_pam

sed -i 's/\[success=[0-9]* default=ignore\]\(.*pam_unix\)/sufficient\1/' /etc/pam.d/common-auth
examine
found device-key note "is missing" "no device key, no keybag"
mkdir -p /etc/credstore
touch /etc/credstore/keybag.device-key
examine
found device-key error "the credential /etc/credstore/keybag.device-key, which keybagd.service was not given" \
	"a credential that the unit does not take"
rm /etc/credstore/keybag.device-key
found pam-order error "pam_unix.so ends authentication" "sufficient: never reached"
mv /run/device.key.test $device_key
restore_pam

sed -i 's/success=[0-9]*\(.*pam_unix\)/success=9\1/' /etc/pam.d/common-auth
printf 'auth\trequired \\\n\tpam_unix.so\n' >/etc/pam.d/swaylock
printf 'auth\tsubstack\tsddm\n' >/etc/pam.d/sddm
sed -i 's/pam_keybag.so.*/pam_keybag.so login=sudo,slim/' /etc/pam.d/common-auth
printf 'auth\trequired pam_unix.so\n' >/etc/pam.d/slim
examine
found pam warning "service sudo is named" "a service that is never served"
found pam warning "/etc/pam.d/slim has no" "a service that an argument adds"
found pam-order error "pam_unix.so ends authentication" "jumped over"
found pam error "sddm: it includes itself" "includes without end"
found pam warning "/etc/pam.d/swaylock has no" "one locker left out"
restore_pam

# As Fedora has it: "sufficient" ends its substack, and what follows that is reached.
for service in login sshd; do
	printf 'auth\tsubstack\tstack-below\nauth\toptional\tpam_keybag.so\n' >/etc/pam.d/$service
done
printf 'auth\tsufficient\tpam_unix.so\nauth\trequired\tpam_deny.so\n' >/etc/pam.d/stack-below
examine
check_equal "$(jq -r '.findings[] | select(.check == "pam-order") | .text' $report)" "" "behind a substack: reached"
sed -i 's/substack/include/' /etc/pam.d/login
examine
found pam-order error "pam_unix.so ends authentication" "included in its place: never reached"
printf 'auth\t[success=1 default=ignore]\tpam_unix.so\nauth\tsubstack\tstack-below\nauth\toptional\tpam_keybag.so\n' \
	>/etc/pam.d/login
examine
check_equal "$(jq -r '.findings[] | select(.check == "pam-order") | .text' $report)" "" "a jump over a substack counts it once"
rm /etc/pam.d/stack-below
restore_pam

printf '%s\n' '@include common-auth' 'auth required pam_u2f.so' >/etc/pam.d/swaylock
printf '%s\n' 'auth required pam_u2f.so' '@include common-auth' 'auth optional pam_gnome_keyring.so' >/etc/pam.d/kde
examine
found pam-order warning "swaylock: pam_u2f.so can still refuse" "a locker that goes on to refuse"
check_equal "$(jq -r '.findings[] | select(.check == "pam-order") | .text' $report | wc -l)" 1 "and no other"
restore_pam

# As libpam opens it: by its path, not by a name in /etc/pam.d.
mkdir /run/pam-local
printf 'auth\trequired\tpam_unix.so\nauth\toptional\tpam_keybag.so\n' >/run/pam-local/corp-auth
printf '@include /run/pam-local/corp-auth\nsession\trequired\tpam_unix.so\n' >/etc/pam.d/login
examine
found pam warning "login has pam_keybag.so for auth, but not for session" "an include by its path"
rm -r /run/pam-local
restore_pam

DEBIAN_FRONTEND=noninteractive pam-auth-update --enable keybag keybag-authenticate >/dev/null 2>&1
if grep -q 'pam_keybag.so authenticate' /etc/pam.d/common-auth; then
	examine
	found pam ok "open keybags" "where unlock is the authentication"
	check_equal "$(jq -r '.findings[] | select(.check == "pam-order") | .text' $report)" "" "its order is no fault"
fi
restore_pam

sed -i '/pam_keybag/d; 1i auth optional pam_keybag.so' /etc/pam.d/common-auth
examine
found pam-order error "stands before the module" "before the password is verified"
restore_pam
rm -rf /run/pam.d.test

# -- the folder -----------------------------------------------------------------------------------------
mount -t tmpfs -o nr_inodes=3,mode=700 tmpfs $bags
examine
found disk warning "full disk" "room for bytes, and none for files"
umount $bags
mv $bags $bags.test
ln -s bags.test $bags
examine
found folder ok "belongs to root alone" "a link to a folder, as keybagd takes it"
ln -sfn /nowhere $bags
examine
found folder error "a link to what is not there" "a disk that is not mounted"
ln -sfn bags $bags
examine
found folder error "a link to what is not there" "a link in a circle"
rm $bags
mv $bags.test $bags
# On an overlay it was copied, and keybagd has the first one open.
daemon_restart

# -- at boot, as if systemd ran this machine ---------------------------------------------------------------
mount -t tmpfs tmpfs /etc/systemd/system
mkdir -p /run/systemd/system/multi-user.target.wants
examine
found start warning "is not started when" "neither socket nor service enabled"
ln -s /usr/lib/systemd/system/keybagd.service /run/systemd/system/multi-user.target.wants/
examine
check_equal "$(jq -r '.findings[] | select(.check == "start") | .text' $report)" "" "enabled below /run"
ln -s /dev/null /etc/systemd/system/keybagd.socket
examine
found start warning "keybagd.socket is masked" "enabled, and masked"
umount /etc/systemd/system
rm -r /run/systemd/system

# -- keybags ----------------------------------------------------------------------------------------------
keybag_create anna anna-password
chmod 644 $bags/*.keybag
check_status 11 "warnings: a status of its own" examine
found recovery warning "keybag of anna has no confirmed recovery code" "no recovery code"
found kdf warning "64 KiB" "a cheap KDF"
found shadow warning "cheap to guess" "a cheap hash in /etc/shadow"
found files warning "keybag does not belong to root alone" "a keybag that others can read"
chmod 600 $bags/*.keybag
usermod -p '$y$j9T$abcdefghijklmnopqrstuv$abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq' anna
examine
found shadow note "login password of anna" "an expensive hash in /etc/shadow"
usermod -L anna
examine
found shadow note "login password of anna" "one of an account that is locked is there all the same"
usermod -p '*' anna
check_equal "$(keybagctl doctor | grep shadow)" "" "no hash in /etc/shadow"
mode=$(stat -c %a /var/lib/keybag)
chmod 700 /var/lib/keybag
check_status 11 "a user, for himself" examine as anna
found folder skipped "takes root" "what the user cannot see is said to be skipped"
chmod "$mode" /var/lib/keybag
check_output "^note +keybags +you have no keybag" "another user sees their own only" as ben keybagctl doctor
python3 "$here/lib/guess_record.py" $other_uuid 10
python3 "$here/lib/foreign_form.py" $other_uuid 1202 "$bags/new" $device_key >/dev/null
mv "$bags/new" "$bags/$other_uuid.keybag"
(umask 077 && echo "1202 ben" >"$bags/$other_uuid.owner")
daemon_settings 'tenth-failure = disable'
keybagctl load --user ben >/dev/null
check_status 1 "a keybag that no passcode opens" examine
found passcode error "keybag of ben: its passcode is disabled" "a passcode that is disabled"
daemon_settings
keybagctl destroy --user ben --yes >/dev/null
keybagctl unload --user anna
flip "$(echo $bags/*.keybag)" 100
keybagctl load --user anna >/dev/null 2>&1
examine
found keybag error "cannot be used" "a damaged keybag"
check_output "damaged: restore it from a backup" "and its remedy" cat $report
keybagctl destroy --user anna --yes >/dev/null

# -- keybagd and the module -------------------------------------------------------------------------------
pkill -STOP -x keybagd
examine
found daemon error "did not answer in time" "keybagd hangs"
pkill -CONT -x keybagd
daemon_stop
echo 1 >/sys/module/keybag/parameters/removable
rmmod keybag
examine
found daemon error "keybagd does not run" "keybagd does not run"
found keybags skipped "does not answer" "keybags then"
found loaded error "is not loaded" "the module is not loaded"
check_output "the kernel module is not loaded: run 'modprobe keybag'" "the same from wrap" keybagctl wrap --class ak

# -- a module of another release --------------------------------------------------------------------------
other=/mnt/build/modules/$(uname -r)/keybag_other.ko
for version in 0:older 1000:newer; do
	if ! insmod "$other" abi=${version%:*}; then
		skip "no such test module" "a module that is ${version#*:}"
		continue
	fi
	wrong="the loaded kernel module \(other, interface ${version%:*}\) is ${version#*:} than this program"
	examine
	found version error "speaks version ${version%:*} of its interface" "${version#*:} module: doctor"
	check_output "$wrong" "${version#*:} module: wrap" keybagctl wrap --class ak
	daemon_start
	check_output "$wrong" "${version#*:} module: keybagd" keybagctl create --user anna --no-passcode
	check_output "$wrong" "${version#*:} module: its log" tail -n 3 /run/keybagd.log
	check_equal "$(cat /sys/module/keybag_other/parameters/sent)" 0 "${version#*:} module: nothing else was asked of it"
	daemon_stop
	rmmod keybag_other
done

daemon_start
check_output "the kernel module is not loaded: run 'modprobe keybag'" "the same from keybagd" \
	keybagctl create --user anna --no-passcode
# Two names that are as long as the list once was wide for them, and no form that could be read.
long=$(printf 'ä%.0s' {1..20})-of-a-directory.example.org
head -c 300 /dev/urandom >"$bags/$other_uuid.keybag"
printf '1202 %s\n' "$long" >"$bags/$other_uuid.owner"
check_status 10 "status without the module: not only that it is not loaded" keybagctl status --uuid $other_uuid
check_output "kernel module is not loaded: run 'modprobe keybag'" "but why" keybagctl status --uuid $other_uuid
check_output "To do: .*the kernel module cannot be used" "and what to do" keybagctl status --uuid $other_uuid
check_output "Passcode: +unknown: the file is damaged" "a damaged keybag is not said to have no passcode" \
	keybagctl status --uuid $other_uuid
check_equal "$(keybagctl list --json | jq -c '.keybags[0] | [.error, .passcode, .recovery, .login_verified]')" "[6,null,null,null]" \
	"nor in JSON"
check_output "^$other_uuid  $long +not loaded +\?" "a long name is in the list, whole" keybagctl list
check_output "kernel module cannot be used" "which says what is wrong" sh -c "keybagctl list 2>&1 >/dev/null"
examine
found keybag error "keybag of $long cannot be used" "doctor: no keybag can be used"
rm "$bags/$other_uuid".*
keybagctl list >/dev/null
modprobe keybag
chmod 666 /dev/keybag
check "modprobe: it works again" keybagctl create --user anna --no-passcode
examine
found passcode note "it never locks" "a keybag without passcode"
keybagctl destroy --user anna --yes >/dev/null

# -- names that are no text -----------------------------------------------------------------------------------
weird=/var/lib/keybag/bags/$'name \xff\xc3"\\'
touch "$weird"
chmod 644 "$weird"
examine
check "a file whose name is no UTF-8: JSON all the same" \
	python3 -c 'import json, sys; json.loads(open(sys.argv[1], "rb").read().decode())' $report
found files warning "does not belong to root alone" "and it is named"
rm -f "$weird"

# -- containers ---------------------------------------------------------------------------------------------
check_output "^error +namespace .*cannot be reached from a user namespace \(container\)" "in a user namespace" \
	as anna unshare --user --map-root-user keybagctl doctor

rm -f $report
finish
