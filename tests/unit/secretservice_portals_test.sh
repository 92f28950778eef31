#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files by which xdg-desktop-portal of a user who has a keybag finds the service, made of what is installed.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/system" "$folder/run"
interface=org.freedesktop.impl.portal.Secret
portal() {	# NAME DBUSNAME INTERFACES
	printf '[portal]\nDBusName=%s\nInterfaces=%s\nUseIn=gnome\n' "$2" "$3" >"$folder/system/$1.portal"
}
# As of Debian's packages, and as others could be.
portal gnome-keyring org.freedesktop.secrets $interface
portal kwallet org.freedesktop.impl.portal.desktop.kwallet "$interface;"
portal gtk org.freedesktop.impl.portal.desktop.gtk 'org.freedesktop.impl.portal.Print;org.freedesktop.impl.portal.Email;'
portal first org.example.First "$interface;org.freedesktop.impl.portal.Print;"
portal last org.example.Last "org.freedesktop.impl.portal.Print;$interface"
sed "s|^program=.*|program=$folder/program|; s|^system=.*|system=$folder/system|" \
	helper/secretservice/keybag-secret-service-portals >"$folder/script"
made=$folder/run/keybag-secret-service

run() {	# VERSION VARIABLE…
	printf '#!/bin/sh\necho xdg-desktop-portal %s\n' "$1" >"$folder/program"
	chmod +x "$folder/program"
	env -u XDG_DATA_DIRS XDG_RUNTIME_DIR="$folder/run" "${@:2}" sh "$folder/script"
}
names() {	# those that give secrets
	(cd "$made/xdg-desktop-portal/portals" && grep -l $interface -- *.portal | tr '\n' ' ')
}

check "of Debian 12's portal" run 1.16.0 XDG_CURRENT_DESKTOP=ubuntu:GNOME
check_equal "$(cat "$made/portals.env")" "XDG_DESKTOP_PORTAL_DIR=\"$made/xdg-desktop-portal/portals\"" "it gets one folder"
check_equal "$(names)" "gnome-keyring.portal keybag.portal kwallet.portal " "with one that gives secrets, by each name of such"
check_equal "$(cat "$made/xdg-desktop-portal/portals/"{gnome-keyring,keybag,kwallet}.portal | sort -u | grep -v '^\[')" \
	"DBusName=org.freedesktop.impl.portal.desktop.keybag
Interfaces=$interface
UseIn=ubuntu;GNOME" "for the desktop that there is"
check_equal "$(cd "$made/xdg-desktop-portal/portals" && diff -r . "$folder/system" | grep -c '^Only\|^diff.*gtk')" 1 "and what others give"
check_output 'Interfaces=org.freedesktop.impl.portal.Print;$' "but secrets" cat "$made/xdg-desktop-portal/portals/first.portal"
rm "$folder/system/gtk.portal"
check "of Debian 13's portal, later" run 1.20.3 'XDG_DATA_DIRS=/odd "$name/:/usr/share'
check_equal "$(set -a && . "$made/portals.env" && echo "$XDG_DATA_DIRS")" "$made:/odd \"\$name/:/usr/share" "it gets a folder before others"
check_equal "$(ls "$made/xdg-desktop-portal/portals")" "first.portal
gnome-keyring.portal
keybag.portal
kwallet.portal
last.portal" "where nothing is left of before"
check "with what an earlier run has made" run 1.20.3 XDG_DATA_DIRS="$made:$made:/odd:/usr/share"
check_equal "$(cat "$made/portals.env")" "XDG_DATA_DIRS=\"$made:/odd:/usr/share\"" "the folder is there once"
check "without variables" run 1.22.0
check_equal "$(cat "$made/portals.env")" "XDG_DATA_DIRS=\"$made:/usr/local/share:/usr/share\"" "it gets those of the specification"
rm "$folder/program"
printf '' >"$folder/program"
check_status 126 "of a portal that does not run" env XDG_RUNTIME_DIR="$folder/run" sh "$folder/script"
check_status 1 "there are no variables" test -e "$made/portals.env"
finish
