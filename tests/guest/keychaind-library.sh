#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
#
# A program that uses libkeychain, as a user whose keybag is unlocked; the system keychain by an entitlement.
. "$(dirname "$(readlink -f "$0")")/../lib/tap.sh"

command -v keychainctl >/dev/null || skip_all "the keychain is not installed"
CONF=/etc/keychain/entitlements.d/library.conf

end() {
	rm -f $CONF /usr/local/bin/keychainctl-of-anna
	keybagctl destroy --user anna --yes >/dev/null 2>&1
	keybagctl destroy --system --yes >/dev/null 2>&1
	userdel -rf anna >/dev/null 2>&1
	rm -f /var/lib/keychain/1313/* /var/lib/keychain/system/*
}
trap end EXIT
# A uid of its own: the service keeps databases open for a while, and each test has another keybag.
useradd -m -u 1313 anna
keybagctl create --user anna --no-passcode >/dev/null 2>&1
as=(setpriv --reuid anna --regid anna --init-groups)

"${as[@]}" /mnt/build/keychaind/library_use >/tmp/library_use
check_equal "$?" 0 "the program ends well"
check_equal "$(grep -A1 '^not ok' /tmp/library_use)" "" "each of its steps does"
check_equal "$(grep -c '^ok' /tmp/library_use)" 43 "all steps were done"
check_equal "$("${as[@]}" /mnt/build/keychaind/example 2>&1)" \
	$'a password of 6 bytes\nmail: My mail\nlocked: 0' "the example of libkeychain(3) does what it says"

# A set-user-ID program is its owner's, to the keychain as to files.
install -o anna -m 4755 "$(command -v keychainctl)" /usr/local/bin/keychainctl-of-anna
check_equal "$(setpriv --reuid 65534 --regid 65534 --clear-groups keychainctl-of-anna call <<<'{"op":"access"}' | jq .result.uid)" \
	1313 "a set-user-ID program reaches its owner's keychain"

request='{"op":"add","system":true,"query":{"class":"genp","acct":"machine","v_Data":{"data":"eA=="}}}'
status() {
	jq -r .status
}
check_equal "$(keychainctl call <<<"$request" | status)" -34018 "the system keychain is not even root's"
printf '[Match]\nExecutable=/usr/bin/keychainctl\nUser=root\n[Grant]\nKeychainAccessGroups=machine\nSystemKeychain=yes\n' >$CONF
check_equal "$(keychainctl call <<<"$request" | status)" -25291 "without a system keybag it is not available"
keybagctl create --system >/dev/null 2>&1
check_equal "$(keychainctl call <<<"$request" | status)" 0 "an entitled program adds to it"
check_equal "$(keychainctl find --system --account machine)" x "and finds it"
sync='{"op":"add","system":true,"query":{"class":"genp","acct":"s","sync":true}}'
check_equal "$(keychainctl call <<<"$sync" | status)" -50 "nothing in it is synchronized"
check_equal "$("${as[@]}" keychainctl call <<<"$request" | status)" -34018 "another user's program does not reach it"
# A program that may be one of those that a file names is not taken for another one: its items would be in others' group.
own='{"op":"add","query":{"class":"genp","acct":"own","v_Data":{"data":"eA=="}}}'
pkill -STOP -x keybagd
check_equal "$("${as[@]}" keychainctl call <<<"$own" | status)" -25291 "while keybagd hangs, which knows executables, nobody is served"
pkill -CONT -x keybagd
check_equal "$("${as[@]}" keychainctl call <<<"$own" | status)" 0 "when it answers again, everybody is"
check_equal "$(stat -c '%a %U' /var/lib/keychain/system/login.db)" "600 _keychain" "it is the service's"
finish
