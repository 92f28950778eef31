#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: systemd kernel=6.1
#
# The Secret Service for applications that flatpak runs in its sandbox: each has what it has stored itself. The bus sees
# flatpak's proxy, not the application. And the portal's secrets, by which libsecret there encrypts a file.
. "$(dirname "$(readlink -f "$0")")/../lib/tap.sh"

command -v flatpak >/dev/null && command -v secret-tool >/dev/null || skip_all "no flatpak, or no secret-tool"
[ -x /usr/libexec/xdg-desktop-portal ] || skip_all "no xdg-desktop-portal"
passcode="a passcode"

end() {
	keybagctl destroy --user anna --yes >/dev/null 2>&1
	loginctl terminate-user anna 2>/dev/null
	soon eval '! pgrep -u anna'
	userdel -rf anna >/dev/null 2>&1
	rm -f /var/lib/keychain/1314/*
}
trap end EXIT
useradd -m -u 1314 anna
keybagctl create --user anna --kdf-memory 64 --kdf-passes 1 >/dev/null 2>&1 <<<"$passcode"
keybagctl unlock --user anna >/dev/null 2>&1 <<<"$passcode"

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
install -d -o anna /home/anna/answers
echo "$passcode" >/home/anna/answers/passcode

# Inside: what the service has, by which libsecret there keeps secrets only if it is told so, and then a file that it encrypts,
# read whenever a name comes: one start of a sandbox costs as much as all of this.
cat >/home/anna/inside <<'END'
cd "$XDG_DATA_HOME"
export SECRET_BACKEND=service
[ "$1" = mine ] && printf one | secret-tool store --label=one where x
secret-tool lookup where x >service 2>service.error
echo $? >service.status
unset SECRET_BACKEND
printf %s "$1" | secret-tool store --label="$1" where file 2>store.error
while read -r name <step && [ "$name" ]; do
	secret-tool lookup where file >"$name" 2>"$name.error"
	echo $? >"$name.status"
done
END

# Outside, in one session.
cat >/home/anna/ask <<'END'
data() {	# APPLICATION
	echo ~/.var/app/org.example.$1/data
}
start() {	# APPLICATION SECRET
	echo "after $SECONDS s: start $*"
	mkdir -p "$(data $1)"
	mkfifo "$(data $1)/step"
	cp ~/inside "$(data $1)"
	flatpak run --command=sh org.example.$1 -c '. "$XDG_DATA_HOME/inside"' sh $2 </dev/null &
}
# Nothing takes five minutes; the rest would wait as long each.
give_up() {
	echo "$*: not in time"
	systemctl --user status keybag-secret-service.service xdg-desktop-portal.service
	ps -u anna -o pid,stat,wchan:20,etime,args
	exit 1
}
soon() {	# COMMAND: it succeeds
	for try in $(seq 3000); do
		! "$@" >/dev/null || return 0
		sleep 0.1
	done
	give_up "$@"
}
step() {	# APPLICATION NAME: it looks its secret up, and need not have an answer
	echo "after $SECONDS s: step $*"
	echo "$2" | timeout 300 tee "$(data $1)/step" >/dev/null || give_up "step $*"
}
got() {	# APPLICATION NAME: it has an answer
	soon test -e "$(data $1)/$2.status"
}
asks() {
	busctl --user tree --list org.freedesktop.impl.portal.desktop.keybag | grep /request/
}
waits() {	# APPLICATION NAME: it asks while the keybag is locked, until that is opened
	step $1 $2
	soon asks
	[ -e "$(data $1)/$2.status" ] || echo waited >$2.waited
	keybagctl unlock <passcode
	got $1 $2
}
cd ~/answers
# As a desktop tells it at its start.
systemctl --user set-environment XDG_CURRENT_DESKTOP=GNOME
echo -n outside | secret-tool store --label=outside where x
start One mine
step One stored
got One stored
start Other theirs
step Other stored
got Other stored
# It opens no file that another's secret has encrypted.
keyring=keyrings/default.keyring
cp "$(data Other)/$keyring" kept
cp "$(data One)/$keyring" "$(data Other)/$keyring"
step Other of-another
got Other of-another
cp kept "$(data Other)/$keyring"
kill -9 $(systemctl --user show -P MainPID keybag-secret-service.service)
step One killed
got One killed
keybagctl lock
waits One locked
keybagctl lock --full
waits Other before-unlock
step One ""
step Other ""
secret-tool lookup where x >outside
END

session() {
	systemd-run --quiet --pipe --wait --collect --uid anna --property PAMName=login --setenv HOME=/home/anna \
		--setenv XDG_RUNTIME_DIR=/run/user/1314 --setenv DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1314/bus "$@"
}
session timeout -k 5 1200 bash -c '. ~/make; . ~/ask' >/home/anna/log 2>&1
one=/home/anna/.var/app/org.example.One/data other=/home/anna/.var/app/org.example.Other/data answers=/home/anna/answers
check "the programs have run" test -e $other/before-unlock.status
[ -s $other/before-unlock ] || tail -n 100 /home/anna/log $one/*.error $other/*.error | diagnose
check_equal "$(cat $answers/outside)" outside "a program outside has what such programs have stored"
check_equal "$(cat $one/service)" one "an application has what it has stored itself"
check_equal "$(cat $other/service $other/service.status)" 1 "another one has neither"
check_equal "$(cat $one/service.error $other/service.error)" "" "without an error: there is nothing"
check_equal "$(cat $one/stored)" mine "an application has what it has stored in a file of its own"
check_equal "$(cat $other/stored)" theirs "and so has another one"
check_equal "$(cat $other/of-another)" "" "which opens no file of the first"
check_equal "$(cat $one/killed)" mine "it has the same secret after the service was killed"
check_equal "$(cat $one/locked $answers/locked.waited)" minewaited "one that asks while locked waits, and has it then"
check_equal "$(cat $other/before-unlock $answers/before-unlock.waited)" theirswaited "and so has one before first unlock"
check_equal "$(cat $one/keyrings/* $other/keyrings/* | grep -c 'mine\|theirs')" 0 "the files are encrypted"
check_equal "$(sqlite3 /var/lib/keychain/1314/login.db \
	"SELECT pdmn,count(*) FROM genp WHERE agrp='keybag-secret-service' GROUP BY pdmn")" "ak|2
dk|2" "two secrets were made, and no third one"
finish
