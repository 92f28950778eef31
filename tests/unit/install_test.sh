#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make install, under whatever umask root has: what is installed is everybody's to read, but keybags; and where a program looks for what
# belongs to it, it is, also under another PREFIX.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
[ -e build/helper/keybagctl/keybagctl ] || skip_all "the programs are not built"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL
check "under a umask of 077" sh -c "umask 077 && make -s --no-print-directory install PARTS=helper DESTDIR=$folder/root"
check_equal "$(cd "$folder/root" && find . -mindepth 1 \( -type f ! -perm -o=r -o -type d ! -perm -o=rx \) | sort)" "./var/lib/keybag/bags" \
	"everybody reads what is not a keybag's"
check_equal "$(cd "$folder/root" && find . -type f -path '*-generator' ! -perm -o=x)" "" "and runs the generators"

# Another PREFIX, whose folders are compiled in.
commands=$(make -n --no-print-directory helper-programs PREFIX=/opt)
for folder in share/keychain/entitlements.d share/keychain/secret-service.conf share/locale libexec/keybag-secret-service libexec/keybag-ssh-agent-helper; do
	check_equal "$(grep -c "=.\"/opt/$folder\"" <<<"$commands")" 1 "PREFIX=/opt: what looks for $folder looks there"
done
check_equal "$(grep -cE "=.\"/usr/(share|libexec)" <<<"$commands")" 0 "and nothing looks below /usr"
finish
