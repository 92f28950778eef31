#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of keychain, in bash alone; the program is the one that was built. What it asks keychaind is made up.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
program=$top/build/helper/keychain/cli/keychain
[ -x "$program" ] || skip_all "keychain is not built"
keychain() {
	if [ "$*" = "keychains" ]; then
		printf '%s\n' "login  4096 bytes  (default)" "work  4096 bytes"
	else
		LD_LIBRARY_PATH=$top/build/helper/lib "$program" "$@"
	fi
}
. "$top/helper/keychain/completions/keychain"

# completed WORD…: what the last word may become
completed() {
	COMP_WORDS=(keychain "$@") COMP_CWORD=$#
	_keychain
	echo "${COMPREPLY[*]}"
}

# The long options that the help of a command tells of.
told() {
	keychain "$1" --help | grep -o -- '--[a-z][a-z-]*' | grep -v -x -- --help | sort -u
}

commands=$(sed -n 's/^\t{ "\([a-z]*\)", .*command_.*/\1/p' "$top/helper/keychain/cli/main.c")
check_equal "$(completed "")" "$(echo $commands) help --help --version" "every command"
check_equal "$(completed p)" "purge" "a command begun"
check_equal "$(completed help p)" "purge" "a command to be helped with"
for command in $commands; do
	check_equal "$(keychain help "$command")" "$(keychain "$command" --help)" "help $command is $command --help"
	offered=$(completed "$command" --)
	missing=$(for option in $(told "$command"); do [[ " $offered " == *" $option "* ]] || echo "$option"; done)
	check_equal "$missing" "" "$command: every option that its help has"
	unknown=$(for option in $offered; do
		# As the program sees them: it knows an option, or says so.
		keychain "$command" "$option" 2>&1 </dev/null | grep -q "unrecognized option" && echo "$option"
	done)
	check_equal "$unknown" "" "$command: none that it does not know"
done
check_equal "$(completed add --accessible ak)" "ak aku akpu" "protection classes"
check_equal "$(completed find --class c)" "cert" "classes of items"
check_equal "$(completed find --synchronizable "")" "yes no any" "what synchronizable may be"
check_equal "$(completed find -k "")" "login work" "keychains"
check_equal "$(completed move --user roo)" "root" "users"
check_equal "$(completed keychains d)" "default delete" "words of a command"
check_equal "$(completed keychains delete w)" "work" "a keychain to be deleted"
check_equal "$(completed keychains create "")" "" "no keychain to be made"
check_equal "$(completed class ck)" "ck cku" "a class to change to"
check_equal "$(completed add --account "")" "" "nothing where anything may stand"
cd "$top" || exit 1
check_equal "$(completed import READM)" "README.md" "files"
check_equal "$(completed nonsense --)" "" "nothing for what is no command"
finish
