#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A purge of the package: asked for, taken and left; by its script, below a folder of the test's.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
bags=$root/var/lib/keybag/bags
id=11111111-1111-4111-8111-111111111111

# debconf with an answer; none where there is none to be found.
answer() {
	mkdir -p "$root/debconf"
	printf 'db_fset() { :; }\ndb_input() { echo asked; }\ndb_go() { :; }\ndb_get() { RET=%s; }\n' "$1" >"$root/debconf/confmodule"
}
purge() {
	sed "/^#DEBHELPER#/d; s|/usr/share/debconf|$root/debconf|g; s|/var/lib/keybag|$root&|g; s|/etc/keybag|$root&|g; s|/etc/credstore|$root&|g" \
		"$top/helper/packaging/debian/keybag.postrm" >"$root/postrm"
	sh "$root/postrm" purge 2>&1
}
fill() {
	rm -rf "${root:?}/var" "${root:?}/etc"
	mkdir -p "$bags" "$root/etc/keybag/keybagd.conf.d"
	for suffix; do
		echo form >"$bags/$id.$suffix"
	done
}
left() {
	(cd "$root" && find var etc -type f 2>/dev/null | sort | tr '\n' ' ')
}

answer false
fill keybag tries
check_equal "$(purge)" "asked
keybag: 1 keybag(s), 2 file(s) of keybags, in $root/var/lib/keybag, and the device key in $root/etc/keybag stay" \
	"keybags: asked for, and kept"
for suffix in old destroyed making new; do
	fill $suffix
	check_equal "$(purge | head -n 1) $(left)" "asked var/lib/keybag/bags/$id.$suffix " "the form of a change that was cut off (.$suffix), too"
done
fill
touch "$root/etc/keybag/device.key"
check_equal "$(purge | head -n 1) $(left)" "asked etc/keybag/device.key " "and a device key alone"

answer true
fill keybag old destroyed
touch "$root/etc/keybag/device.key"
check_equal "$(purge) $(left)" "asked " "said so: all of it is gone"
check "with its folders" test ! -e "$root/var/lib/keybag" -a ! -e "$root/etc/keybag"

fill
check_equal "$(purge)" "" "nothing to be missed: nobody is asked"
check "and the empty folders go" test ! -e "$root/var/lib/keybag" -a ! -e "$root/etc/keybag"
fill
echo note >"$bags/notes"
check_equal "$(purge) $(left)" " var/lib/keybag/bags/notes " "a file of somebody else's stays"

fill
mkdir -p "$root/etc/credstore.encrypted"
touch "$root/etc/credstore.encrypted/keybag.device-key"
check_output "the device key that is the credential $root/etc/credstore.encrypted/keybag.device-key stays" \
	"a device key that is a credential is named" purge
check_equal "$(left)" "etc/credstore.encrypted/keybag.device-key " "and left"
finish
