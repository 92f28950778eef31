#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The removal of the packages where accounts have no other password than the passcode of their keybag; by their scripts, below a folder of
# the test's.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
packaging=$top/helper/packaging
mkdir -p "$root/bin" "$root/etc/pam.d" "$root/var/lib/keybag/bags"
PATH=$root/bin:$PATH

command_of() {	# NAME LINE…: a program of that name
	printf '%s\n' '#!/bin/sh' "${@:2}" >"$root/bin/$1"
	chmod +x "$root/bin/$1"
}
keybags() {	# UID…: whose keybags keybagd lists
	command_of keybagctl "echo \"\$*\" >>$root/called" "printf '{\"keybags\":['" \
		"$(printf "printf '{\"owner\":%s,\"owner_name\":null},'; " "$@")" 'echo "]}"'
}
passwords() {	# FIELD OF ALICE, OF BOB
	printf 'root:hash:1::::::\ndaemon:*:1::::::\nalice:%s:1::::::\nbob:%s:1::::::\n' "$1" "$2" >"$root/etc/shadow"
}
removed() {	# PACKAGE [ACTION]
	"$packaging/with-functions" "$packaging/debian/$1.prerm.in" |
		sed "/^#DEBHELPER#/d; s|/etc/pam.d|$root&|g; s|/etc/shadow|$root&|g; s|/var/lib/keybag|$root&|g" >"$root/prerm"
	: >"$root/called"
	sh -e "$root/prerm" "${2:-remove}" 2>&1
	echo "status $?"
}
names() {	# PACKAGE [ACTION]: whom it names, with the exit status
	removed "$@" | sed -n 's/.*lets nobody in: \(.*\)/\1/p; s/^status /&/p' | tr '\n' ' ' | tr -s ' '
}

command_of getent 'case $2 in alice) echo alice:x:1001:1001::/home/alice:/bin/bash ;; bob) echo bob:x:1002:1002::/home/bob:/bin/sh ;;
	daemon) echo daemon:x:1:1::/:/usr/sbin/nologin ;; *) echo root:x:0:0::/root:/bin/bash ;; esac'
command_of dpkg true
command_of ischroot true
command_of pam-auth-update "echo pam-auth-update >>$root/called"
printf 'auth\t[success=2 default=ignore]\tpam_unix.so nullok\nauth\t[success=1 default=ignore]\tpam_keybag.so authenticate\n' >"$root/etc/pam.d/common-auth"
touch "$root/var/lib/keybag/bags/one.keybag"

keybags 1001 1002
passwords '*' hash
for package in keybag libpam-keybag keybag-dkms; do
	check_equal "$(names $package)" "alice status 1 " "$package: refused, with the name of whom it would lock out"
	check_equal "$(grep -v '^list' "$root/called")" "" "$package: nothing was done before"
	check_equal "$(KEYBAG_FORCE_REMOVE=yes names $package)" "alice status 0 " "$package: removed where root says so, and told"
	check_equal "$(names $package upgrade)" "status 0 " "$package: an upgrade is none"
done
check_equal "$(DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=2 names libpam-keybag)" "status 0 " "not where another architecture's module stays"
passwords '*' '*'
check_equal "$(names keybag)" "alice bob status 1 " "all of them are named"
passwords '!' hash
check_equal "$(names keybag)" "status 0 " "an account that is locked, or has a password: nobody is asked"
passwords '*' '*'
keybags 1002
check_equal "$(names keybag)" "bob status 1 " "whoever has no keybag had no such password"
command_of keybagctl 'exit 10'
check_equal "$(names keybag)" "alice bob status 1 " "where keybagd does not answer, all who have a shell may have one"
rm "$root/var/lib/keybag/bags/one.keybag"
check_equal "$(names keybag)" "status 0 " "but where there are no keybags"
touch "$root/var/lib/keybag/bags/one.keybag"
printf 'auth\toptional\tpam_keybag.so\n#auth\tsufficient\tpam_keybag.so authenticate\n' >"$root/etc/pam.d/common-auth"
check_equal "$(names keybag)" "status 0 " "without the profile nobody logs in by a keybag"
printf 'auth\tsufficient\tpam_keybag.so timeout=5 authenticate debug\n' >"$root/etc/pam.d/login"
check_equal "$(names keybag)" "alice bob status 1 " "a line by hand, with more arguments"

# An upgrade: programs and module are of different versions until a restart, and keybagd cannot tell what is open.
upgraded() {	# LOADED
	command_of keybagctl "echo '{\"keybags\":[{\"owner\":1002,\"loaded\":$1}]}'"
	"$packaging/with-functions" "$packaging/debian/keybag.postinst" | sed "/^#DEBHELPER#/d; /confmodule$/d; /^db_stop$/d; s|/etc/pam.d|$root&|g
		s|/etc/shadow|$root&|g; s|/var/lib/keybag|$root&|g; s|/dev/keybag|$root&|g; s|/run/systemd|$root&|g" >"$root/postinst"
	sh -e "$root/postinst" configure 0.1 2>&1
	echo "status $?"
}
command_of ischroot 'exit 1'
check_equal "$(upgraded true)" "status 0" "upgraded, and the module serves the programs: nothing to be told"
check_equal "$(upgraded null | sed 's/.*lets nobody in: //' | tr '\n' ' ')" "bob  status 0 " "and where it does not, whoever cannot log in until a restart"
finish
