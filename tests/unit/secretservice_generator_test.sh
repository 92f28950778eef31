#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The generators for a user's service manager: whose secrets the keychain has, and where the note of that is.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
home=$folder/home
for name in secretservice/keybag-secret-service-generator sshagent/keybag-ssh-agent-generator; do
	sed "s|/usr/bin/keybagctl|$folder/keybagctl|; s|/etc/systemd/user|$folder/etc|; s|/run/systemd/generator|$folder/mounts|" \
		"helper/$name" >"$folder/${name##*/}"
done

begin() {	# STATUS: of keybagctl
	rm -rf "$home" "$folder/run" "$folder/units" "$folder/elsewhere" "$folder/mounts" "$folder/said"
	mkdir -p "$home" "$folder/run" "$folder/units"
	touch "$home/.profile"
	answer "$1"
}
answer() {	# STATUS [UUID]
	printf '#!/bin/sh\nprintf %%s '"'"'{"format":1,"uuid":"%s","type":"user"}'"'"'\nexit %s\n' "${2:-one}" "$1" >"$folder/keybagctl"
	chmod +x "$folder/keybagctl"
}
run() {	# NAME VARIABLE…
	(cd "$folder" && env -u XDG_STATE_HOME -u XDG_DATA_HOME -u XDG_CONFIG_HOME HOME="$home" XDG_RUNTIME_DIR="$folder/run" "${@:2}" \
		sh "$folder/keybag-$1-generator" "$folder/units" "$folder/units" "$folder/units" 2>>"$folder/said")
}
provided() {
	if [ -e "$folder/run/dbus-1/services/org.freedesktop.secrets.service" ]; then echo yes; else echo no; fi
}
notes() {
	(cd "$folder" && find home elsewhere -name 'keybag-*' -not -name '*.service' 2>/dev/null | sort | tr '\n' ' ')
}
keyring() {	# a store that is not gnome-keyring's own
	mkdir -p "$1/keyrings"
	echo secrets >"$1/keyrings/login.keyring"
}

for name in secret-service ssh-agent; do
	begin 0
	check "$name: of a user with a keybag" run $name
	check_equal "$(notes)" "home/.local/state/keybag-$name " "the note is below the home folder"
	begin 0
	check "$name: with another folder for states" run $name XDG_STATE_HOME="$folder/elsewhere/state"
	check_equal "$(notes)" "elsewhere/state/keybag-$name " "the note is there"
	begin 0
	check "$name: with one that does not begin at the root" run $name XDG_STATE_HOME=below XDG_CONFIG_HOME=below
	check_equal "$(notes)" "home/.local/state/keybag-$name " "it does not count"
	begin 9
	mkdir -p "$home/.local/state"
	touch "$home/.local/state/keybag-$name"
	check "$name: without a keybag" run $name
	check_equal "$(notes | sed 's/[^ ]*\.away //')" "" "the note goes"
	begin 8
	check "$name: the keybag is of an account that had the number before" run $name
	check_equal "$(provided) $(notes)$(find "$folder/units" -type l)" "no " "it is as without one"
	begin 0
	run $name
	answer 8
	check "$name: of a user who was renamed" run $name
	check_equal "$(find "$folder/units" -name "keybag-$name.*")$(notes)" "$(find "$folder/units" -type l -name "keybag-$name.*")home/.local/state/keybag-$name " \
		"it is as before"
	begin 0
	run $name
	if [ $name = ssh-agent ]; then part=ssh; else part=secrets; fi
	hidden=$(cd "$folder" && grep -rlxF Hidden=true "run/keybag-$name/autostart")
	dropin=$(find "$folder/units/gnome-session-manager@.service.d" -name "*-keybag-$name.conf")
	line=$(sed -n "s|^ExecStartPre=-/bin/sh -c '\(.*\)'$|\1|p" "$dropin" | sed "s|%t|$folder/run|g; s|[$][$]|$|g; s|%%|%|g")
	for folders in "" /etc/xdg/other:/etc/xdg; do
		check "$name: before the session manager starts" env XDG_CONFIG_DIRS="$folders" sh -c "$line"
		check_equal "$(cat "$folder/run/keybag-$name/session.env") $(grep -c "^EnvironmentFile=-%t/keybag-$name/session.env" "$dropin")" \
			"XDG_CONFIG_DIRS=$folder/run/keybag-$name:${folders:-/etc/xdg} 1" "it is told to look where gnome-keyring's part is hidden"
	done
	answer 9
	run $name
	check_equal "$hidden $(find "$folder/run" -name "keybag-$name")" "run/keybag-$name/autostart/gnome-keyring-$part.desktop " \
		"$name: it is hidden for who has a keybag, and no longer"
done

begin 0
run secret-service
keyring "$home/.local/share"
answer 9
check "while the keybag is away" run secret-service
check_equal "$(provided)" no "nothing is provided"
answer 0
check "and when it is there again" run secret-service
check_equal "$(provided) $(notes)" "yes home/.local/state/keybag-secret-service " "whoever has said that the keychain is to be used need not say so again"
answer 9
run secret-service
answer 0 two
check "but when another one is made" run secret-service
check_equal "$(provided) $(notes)" "no " "nothing is taken from who has secrets elsewhere"
for former in one ''; do
	begin 0
	mkdir -p "$folder/elsewhere/state"
	run secret-service
	keyring "$home/.local/share"
	echo "$former" | tee "$home/.local/state/keybag-secret-service" >"$folder/elsewhere/state/keybag-secret-service"
	answer 0 two
	check "a note of ${former:-no} keybag, and another one is there, made while nothing looked" \
		run secret-service XDG_STATE_HOME="$folder/elsewhere/state"
	if [ "$former" ]; then
		check_equal "$(provided) $(notes)" "no " "nothing is taken from who has secrets elsewhere"
	else
		check_equal "$(provided) $(cat "$home/.local/state/keybag-secret-service")" "yes two" "whoever made it wants the keychain"
	fi
done

# Home folders that are not seen: without the note of before nothing is decided. Each is left as it was.
is_left() {	# NAME WHY VARIABLE…: of a home folder, which has no note
	: >"$folder/said"
	before=$(find "$home" 2>/dev/null | sort)
	check "$1" run secret-service "${@:3}"
	check_equal "$(provided) $(find "$folder/units" -type l 2>/dev/null)$(grep -c "keybag-secret-service: .* $2.*: whether there are" "$folder/said")" "no 1" \
		"nothing is taken, and it is said that it $2"
	check_equal "$(find "$home" 2>/dev/null | sort)" "$before" "nor is anything put there"
}
is_served() {	# NAME VARIABLE…
	check "$1" run secret-service "${@:2}"
	check_equal "$(provided) $(notes)" "yes home/.local/state/keybag-secret-service " "it is seen, and has no secrets: they are the keychain's"
}
begin 0
rm -r "$home"
is_left "a home folder that is not there" "is not there"
begin 0
rm "$home/.profile"
check "the SSH agent's generator in one that is empty" run ssh-agent
check_equal "$(ls -A "$home")" "" "leaves it so"
rm -r "$folder/units"
is_left "in one that is empty" "is empty"
begin 0
rm "$home/.profile"
ln -s /usr/share/ecryptfs-utils/ecryptfs-mount-private.txt "$home/README.txt"
ln -s /usr/share/ecryptfs-utils/ecryptfs-mount-private.desktop "$home/Access-Your-Private-Data.desktop"
is_left "one of eCryptfs that is not opened" "is not mounted"
mkdir "$home/.ecryptfs"
echo "$home" >"$home/.ecryptfs/Private.mnt"
rm "$home/Access-Your-Private-Data.desktop"
is_left "without the link for who looks there" "is not mounted"
echo "$home/Private" >"$home/.ecryptfs/Private.mnt"
is_served "where eCryptfs has another folder"
begin 0
mkdir "$folder/mounts"
echo unit >"$folder/mounts/$(systemd-escape --path --suffix=mount "$home")"
is_left "one whose mount is not there, in which a program has left a file" "is not mounted"
ln -s home "$folder/link"
is_left "one that a link leads to" "is not mounted" HOME="$folder/link"
printf '#!/bin/sh\n[ "%s" = "%s" ]\n' "\$2" "$home" >"$folder/mountpoint"
chmod +x "$folder/mountpoint"
is_served "when it is mounted" PATH="$folder:$PATH"
begin 0
mkdir "$folder/mounts"
echo unit >"$folder/mounts/$(systemd-escape --path --suffix=mount "$folder")"
is_left "one in a folder whose mount is not there" "is not mounted"
# As in a folder of fscrypt without its key, no file can be made in /proc, by root neither.
begin 0
is_left "one in which no file can be made" "is locked" HOME=/proc/tty XDG_STATE_HOME="$folder/elsewhere"
for locked in /proc/tty "$folder/nothing"; do
	begin 0
	mkdir -p "$home/.local/share"
	ln -s "$locked" "$home/.local/share/keyrings"
	is_left "one whose keyrings are in ${locked##*/}" "is locked"
done
begin 0
mkdir "$home/.local"
ln -s /proc/tty "$home/.local/state"
is_left "one in which the note cannot be made" "cannot have the note"
if [ -c /dev/full ]; then
	begin 0
	mkdir -p "$home/.local/state"
	ln -s /dev/full "$home/.local/state/keybag-secret-service.new"
	run secret-service
	check_equal "$(provided) $(notes)" "no " "a note that the disk has no room for is none"
	touch "$home/.local/state/keybag-secret-service"
	ln -sf /dev/full "$home/.local/state/keybag-secret-service.new"
	run secret-service
	check_equal "$(provided) $(notes)" "yes home/.local/state/keybag-secret-service " "but one of before counts"
fi

begin 0
run secret-service
keyring "$home/.local/share"
touch -d '1 hour' "$home/.local/share/keyrings/login.keyring"
check "what gnome-keyring has stored since" run secret-service
check_equal "$(provided) $(grep -c "login.keyring has changed since" "$folder/said")" "yes 1" "is told of"

begin 0
keyring "$home/.local/share"
check "of a user with secrets in gnome-keyring" run secret-service
check_equal "$(provided) $(notes)" "no " "nothing is taken from them"
mkdir -p "$folder/elsewhere/state"
touch "$folder/elsewhere/state/keybag-secret-service"
check "who has said that the keychain is to be used" run secret-service XDG_STATE_HOME="$folder/elsewhere/state"
check_equal "$(provided)" yes "it is"
begin 0
keyring "$folder/elsewhere/data"
mkdir -p "$home/.local/state"
touch "$home/.local/state/keybag-secret-service"
check "who has said so where the manager did not have the variables" run secret-service XDG_STATE_HOME="$folder/elsewhere/state" XDG_DATA_HOME="$folder/elsewhere/data"
check_equal "$(provided)" yes "it is, too"
begin 10
mkdir -p "$home/.local/state"
touch "$home/.local/state/keybag-secret-service"
check "where keybagd does not answer" run secret-service XDG_STATE_HOME="$folder/elsewhere/state"
check_equal "$(provided)" yes "who had it has it still"
begin 10
check "who never had it" run secret-service
check_equal "$(provided)" no "has not"

finish
