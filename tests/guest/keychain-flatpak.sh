#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: systemd kernel=6.1
#
# Flatpak= in entitlement files, with applications that flatpak runs in its sandbox, in a user's session.
. "$(dirname "$(readlink -f "$0")")/../lib/tap.sh"

command -v flatpak >/dev/null || skip_all "flatpak is not installed"
FILE=/etc/keychain/entitlements.d/flatpak.conf

end() {
	rm -f $FILE
	keybagctl destroy --user anna --yes >/dev/null 2>&1
	loginctl terminate-user anna 2>/dev/null
	soon eval '! pgrep -u anna'
	userdel -rf anna >/dev/null 2>&1
	rm -f /var/lib/keychain/1313/*
}
trap end EXIT
useradd -m -u 1313 anna
keybagctl create --user anna --no-passcode >/dev/null 2>&1
printf '[Match]\nFlatpak=org.example.Mail-er\n[Grant]\nKeychainAccessGroups=mail\n' >$FILE

# A runtime of a shell and what keychainctl(1) needs, and two applications that are keychainctl(1) itself.
cat >/home/anna/make <<'END'
set -e
cd ~
mkdir -p platform/usr/bin platform/usr/etc platform/files
platform=org.example.Platform/$(flatpak --default-arch)/1
printf '[Runtime]\nname=org.example.Platform\nruntime=%s\nsdk=%s\n' $platform $platform >platform/metadata
cp -L /bin/sh /usr/bin/keychainctl /usr/bin/dbus-send platform/usr/bin
cp -L /sbin/ldconfig platform/usr/bin/ldconfig
ldd /bin/sh /usr/bin/keychainctl /usr/bin/dbus-send | grep -o '/[^ ]*/[^ ]*\.so[^ ]*' | sort -u | while read -r library; do
	mkdir -p "platform/usr${library%/*}"
	cp -L "$library" "platform/usr${library%/*}"
done
touch platform/usr/etc/ld.so.conf
flatpak build-export --runtime repository platform 1
for name in Mail-er Other; do
	mkdir -p $name/files/bin $name/export
	printf '[Application]\nname=org.example.%s\nruntime=%s\nsdk=%s\ncommand=keychainctl\n' $name $platform $platform \
		>$name/metadata
	printf '[Context]\nfilesystems=/run/keychain:ro;\n' >>$name/metadata
	flatpak build-export repository $name 1
done
flatpak --user remote-add --no-gpg-verify test repository
# There is less than that in all.
sed -i 's/^min-free-space-size=.*/min-free-space-size=1MB/' ~/.local/share/flatpak/repo/config
flatpak --user install -y --noninteractive test org.example.Mail-er org.example.Other
set +e
END

# Requests, all in one session: each answer in a file.
cat >/home/anna/ask <<'END'
cd ~/answers
# ask NAME APPLICATION REQUEST [OPTION…]: of keychainctl(1) in that sandbox
ask() {
	flatpak run "${@:4}" "org.example.$2" call <<<"$3" >"$1" 2>&1
}
access='{"op":"access"}'
item='"class":"genp","acct":"a","svce":"flatpak"'
ask mail Mail-er "$access"
ask add Mail-er "{\"op\":\"add\",\"query\":{$item}}"
ask copy Mail-er "{\"op\":\"copy\",\"query\":{$item}}"
ask other Other "$access"
ask other-copy Other "{\"op\":\"copy\",\"query\":{$item}}"
ask claim Other "$access" --env=FLATPAK_ID=org.example.Mail-er
ask other-group Other "{\"op\":\"copy\",\"query\":{$item,\"agrp\":\"mail\"}}"
ask closed Mail-er "$access" --nofilesystem=/run/keychain
keychainctl call <<<"$access" >session
flatpak run --command=sh org.example.Other -c '
	for file in /run/user/*/systemd/private /run/dbus/system_bus_socket; do [ ! -e $file ] || exit 1; done
	# There is a bus: a proxy, which passes on what the application may reach.
	call() {
		dbus-send --session --print-reply --dest="$@" >>/tmp/said 2>&1
	}
	call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus.ListNames || { cat /tmp/said >&2; exit 3; }
	! call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.DBus.Peer.Ping || exit 4
	for file in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/user.slice/cgroup.procs; do
		! { echo $$ >$file; } 2>/dev/null || exit 2
	done' 2>outside.error
echo $? >outside
END
install -d -o anna /home/anna/answers

session() {
	systemd-run --quiet --pipe --wait --collect --uid anna --property PAMName=login --setenv HOME=/home/anna "$@"
}
answer() {	# NAME FILTER: of it
	jq -r "$2" "/home/anna/answers/$1"
}
who='.result | [.kind, .unit, (.groups[].group)] | join(" ")'

session bash -c '. ~/make; . ~/ask' >/home/anna/log 2>&1
check "two applications are installed" test -e /home/anna/answers/outside
[ -e /home/anna/answers/outside ] || diagnose </home/anna/log
check_equal "$(answer mail "$who")" "Flatpak org.example.Mail-er mail" "an application has what is granted to it"
check_equal "$(answer add .status) $(answer copy .status)" "0 0" "it keeps an item"
check_equal "$(answer other "$who")" "Flatpak org.example.Other" "one without a file has nothing"
check_equal "$(answer other-copy .status)" -34018 "not even the group of the user's programs"
check_output "Flatpak org.example.Other" "it is told as whom it was asked for" answer other-copy .message
check_equal "$(answer claim "$who")" "Flatpak org.example.Other" "claiming to be another does not help it"
check_equal "$(answer other-group .status)" -34018 "nor naming the group"
diagnose </home/anna/answers/outside.error
check_equal "$(cat /home/anna/answers/outside)" 0 \
	"it reaches neither a service manager nor control groups, to be put elsewhere"
check_equal "$(answer closed .status)" -25291 "without the socket's folder the service cannot be reached"
check_equal "$(answer session "$who")" "unconfined  unconfined.1313" "the user's own programs are outside of all that"
finish
