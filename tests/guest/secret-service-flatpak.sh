#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: systemd kernel=6.1
#
# The Secret Service for applications that flatpak runs in its sandbox: each has what it has stored itself. The bus sees
# flatpak's proxy, not the application.
. "$(dirname "$(readlink -f "$0")")/../lib/tap.sh"

command -v flatpak >/dev/null && command -v secret-tool >/dev/null || skip_all "no flatpak, or no secret-tool"

end() {
	keybagctl destroy --user anna --yes >/dev/null 2>&1
	loginctl terminate-user anna 2>/dev/null
	soon eval '! pgrep -u anna'
	userdel -rf anna >/dev/null 2>&1
	rm -f /var/lib/keychain/1314/*
}
trap end EXIT
useradd -m -u 1314 anna
keybagctl create --user anna --no-passcode >/dev/null 2>&1

# A runtime of a shell and secret-tool, and two applications that may talk to the service.
cat >/home/anna/make <<'END'
set -e
cd ~
mkdir -p platform/usr/bin platform/usr/etc platform/files
platform=org.example.Platform/$(flatpak --default-arch)/1
printf '[Runtime]\nname=org.example.Platform\nruntime=%s\nsdk=%s\n' $platform $platform >platform/metadata
cp -L /bin/sh /usr/bin/secret-tool platform/usr/bin
cp -L /sbin/ldconfig platform/usr/bin/ldconfig
ldd /bin/sh /usr/bin/secret-tool | grep -o '/[^ ]*/[^ ]*\.so[^ ]*' | sort -u | while read -r library; do
	mkdir -p "platform/usr${library%/*}"
	cp -L "$library" "platform/usr${library%/*}"
done
touch platform/usr/etc/ld.so.conf
flatpak build-export --runtime repository platform 1
for name in One Other; do
	mkdir -p $name/files/bin $name/export
	printf '[Application]\nname=org.example.%s\nruntime=%s\nsdk=%s\ncommand=secret-tool\n' $name $platform $platform \
		>$name/metadata
	printf '[Session Bus Policy]\norg.freedesktop.secrets=talk\n' >>$name/metadata
	flatpak build-export repository $name 1
done
flatpak --user remote-add --no-gpg-verify test repository
# There is less than that in all.
sed -i 's/^min-free-space-size=.*/min-free-space-size=1MB/' ~/.local/share/flatpak/repo/config
flatpak --user install -y --noninteractive test org.example.One org.example.Other
set +e
END

# All that they do, in one session: each answer in a file. Libsecret in a sandbox keeps secrets in a file, unless it is told.
cat >/home/anna/ask <<'END'
cd ~/answers
tool() {	# APPLICATION ARGUMENT…
	flatpak run --env=SECRET_BACKEND=service "org.example.$1" "${@:2}"
}
echo -n outside | secret-tool store --label=outside where x
echo -n one | tool One store --label=one where x
tool One lookup where x >one 2>one.error
tool Other lookup where x >other 2>other.error
echo $? >other.status
secret-tool lookup where x >outside
keychainctl call <<<'{"op":"access"}' >access
END
install -d -o anna /home/anna/answers

session() {
	systemd-run --quiet --pipe --wait --collect --uid anna --property PAMName=login --setenv HOME=/home/anna \
		--setenv XDG_RUNTIME_DIR=/run/user/1314 --setenv DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1314/bus "$@"
}
session bash -c '. ~/make; . ~/ask' >/home/anna/log 2>&1
check "the programs have run" test -e /home/anna/answers/access
[ -s /home/anna/answers/outside ] || diagnose </home/anna/log
check_equal "$(cat /home/anna/answers/outside)" outside "a program outside has what such programs have stored"
check_equal "$(cat /home/anna/answers/one)" one "an application has what it has stored itself"
check_equal "$(cat /home/anna/answers/other /home/anna/answers/other.status)" 1 "another one has neither"
check_equal "$(cat /home/anna/answers/one.error /home/anna/answers/other.error)" "" "without an error: there is nothing"
finish
