#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd tpm kernel=6.1 long
#
# The device key in the machine's TPM: made there, moved to a file and back, by the service as its unit confines it.
# At landing unit/helper_device_key_move stands for it.
. "$(dirname "$0")/../lib/tap.sh"
[ -c /dev/tpmrm0 ] || skip_all "no TPM"
sealed=/etc/keybag/device.tpm
file=/etc/keybag/device.key
trap 'keybagctl destroy --system --yes >/dev/null 2>&1' EXIT

again() {
	keybagctl evict && systemctl restart keybagd.service
}

place() {
	keybagctl device-key --json | jq -r .device_key_source
}

keybagctl evict
systemctl stop keybagd.socket keybagd.service
rm -f $file $sealed
systemctl start keybagd.socket keybagd.service
check "a keybag is made" keybagctl create --system
check_equal "$(place)" tpm "the new device key is sealed in the TPM"
check_equal "$(ls -A /etc/keybag | grep '^device')" device.tpm "and in no file"
check_output "Device key: +the device key is sealed in the TPM.*whole machine" "status says so" keybagctl status --system
check_output "^note +tpm .*sealed in the TPM" "doctor, too" keybagctl doctor
again
check_equal "$(keybagctl status --system --json | jq -r .loaded)" true "the TPM opens it again"
check "to a file" keybagctl device-key move file
check_equal "$(place) $(stat -c %s $file)" "file 32" "it is there"
again
check_equal "$(keybagctl status --system --json | jq -r .loaded)" true "the same key"
check "to the TPM" keybagctl device-key move tpm --yes
check_equal "$(place) $(ls -A /etc/keybag | grep '^device')" "tpm device.tpm" "the file is gone"
again
check_equal "$(keybagctl status --system --json | jq -r .loaded)" true "the same key still"
finish
