# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For tests of keybagd and keybagctl: two accounts, a folder for blobs; all put back at the end.

. "$(dirname "$(readlink -f "$0")")/lib/stack.sh"

other_code=00000-00000-00000-00000-00000-280B4

keybags_end() {
	local user
	daemon_running || daemon_start
	for user in anna ben; do
		keybagctl destroy --user $user --yes >/dev/null 2>&1
		userdel -rf $user >/dev/null 2>&1
	done
	keybagctl destroy --system --yes >/dev/null 2>&1
	rm -rf "$work"
}

keybags_begin() {
	trap keybags_end EXIT
	useradd -m -u 1301 anna
	useradd -m -u 1302 ben
	work=$(mktemp -d)
	chmod 1777 "$work"
	head -c 4096 /dev/urandom >"$work/4096"
	head -c 4097 /dev/urandom >"$work/4097"
	chmod 644 "$work"/4*
}
