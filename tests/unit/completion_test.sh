#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of keybagctl, in bash alone; the program is the one that was built.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
[ -x "$top/build/helper/keybagctl/keybagctl" ] || skip_all "keybagctl is not built"
keybagctl() {
	LD_LIBRARY_PATH=$top/build/helper/lib "$top/build/helper/keybagctl/keybagctl" "$@"
}
. "$top/helper/completions/keybagctl"

# completed WORD…: what the last word may become
completed() {
	COMP_WORDS=(keybagctl "$@") COMP_CWORD=$#
	_keybagctl
	echo "${COMPREPLY[*]}"
}

commands=$(sed -n 's/^\t{ "\([a-z]*\)", command_.*/\1/p' "$top/helper/keybagctl/main.c" | tr '\n' ' ')
check_equal "$(completed "")" "${commands}help --help --version" "every command"
check_equal "$(completed unl)" "unlock unload" "a command begun"
check_equal "$(completed help ev)" "evict" "a command to be helped with"
for command in $commands; do
	check_equal "$(keybagctl help "$command")" "$(keybagctl "$command" --help)" "help $command is $command --help"
	check_output "^usage: keybagctl $command( |$)" "which tells how it is used" keybagctl "$command" -h
done
check_equal "$(completed unlock --r)" "--recovery --reason" "options of that command"
check_equal "$(completed wrap --class cku)" "cku" "classes"
check_equal "$(completed open --s)" "--stream --system" "options of open"
check_equal "$(completed seal "")" "" "files are left to the shell"
check_equal "$(completed lock --user roo)" "root" "users"
check_equal "$(completed recovery c)" "confirm" "words of a command"
check_equal "$(completed timeout d)" "default" "the time that root has set"
check_equal "$(completed doctor --u)" "" "none that it does not take"
check_equal "$(completed wrap --aad "")" "" "nothing where anything may stand"
finish
