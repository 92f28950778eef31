#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The group of the two programs that the keychain knows by it: set by the scripts of their packages, with dpkg's own notes in a folder of
# the test's.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
command -v dpkg-statoverride >/dev/null || skip_all "no dpkg"
[ "$(id -u)" = 0 ] || skip_all "takes root"
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir "$root/dpkg"
touch "$root/dpkg/statoverride"
export DPKG_ADMINDIR=$root/dpkg

script() {	# PACKAGE SCRIPT ARGUMENT…: where no manager runs
	"$top/helper/packaging/with-functions" "$top/helper/packaging/debian/$1.$2" | sed "/^#DEBHELPER#/d; s|/usr/libexec|$root|g; s|/run/|$root/|g
		s/_sshagent/nogroup/g; s/_secretservice/nogroup/g" >"$root/script"
	sh -e "$root/script" "${@:3}" 2>/dev/null
}
mode() {
	stat -c '%a %G' "$program"
}
noted() {
	dpkg-statoverride --list "$program" | sed "s|$root/||"
}

for package in keybag-secret-service keybag-ssh-agent; do
	program=$root/$package
	install -m 0755 /dev/null "$program"
	check "$package: installed" script $package postinst configure ""
	check_equal "$(mode), $(noted)" "2755 nogroup, root nogroup 2755 $package" "it has its group, which dpkg gives it at each unpacking"
	check "$package: upgraded" script $package postinst configure 0.1
	check_equal "$(mode), $(noted)" "2755 nogroup, root nogroup 2755 $package" "as before"
	check "$package: removed" script $package postrm remove
	check_equal "$(noted)" "" "dpkg notes nothing of it"
	dpkg-statoverride --update --add root root 0755 "$program"
	check "$package: an administrator does without the group" script $package postinst configure 0.1
	check_equal "$(mode), $(noted)" "755 root, root root 755 $package" "it has none"
	check "$package: purged" script $package postrm purge
	check_equal "$(noted)" "root root 755 $package" "what the administrator has said is not the package's to take back"
done
finish
