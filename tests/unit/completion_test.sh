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

commands=$(sed -n 's/^\t{ "\([a-z-]*\)", command_.*/\1/p' "$top/helper/keybagctl/main.c" | tr '\n' ' ')
check_equal "$(completed "")" "${commands}help --help --version" "every command"
check_equal "$(completed unl)" "unlock unload" "a command begun"
check_equal "$(completed help ev)" "evict" "a command to be helped with"
for command in $commands; do
	check_equal "$(keybagctl help "$command")" "$(keybagctl "$command" --help)" "help $command is $command --help"
	check_output "^usage: keybagctl $command( |$)" "which tells how it is used" keybagctl "$command" -h
done
check_equal "$(completed unlock --r)" "--recovery --reason" "options of that command"
check_equal "$(completed wrap --class cku)" "cku" "classes"
check_equal "$(completed wrap --class "")" "A B C D ak ck dk aku cku dku akpu" "all of them"
check_equal "$(completed lock --reason s)" "screen suspend" "reasons"
check_equal "$(completed open --s)" "--stream --system" "options of open"
check_equal "$(completed seal "")" "" "files are left to the shell"
check_equal "$(completed lock --user roo)" "root" "users"
check_equal "$(completed recovery c)" "confirm" "words of a command"
check_equal "$(completed timeout d)" "default" "the time that root has set"
refused() {
	keybagctl "$@" 2>&1 </dev/null
	echo "status $?"
}
check_equal "$(refused)" "keybagctl: which command? See 'keybagctl --help'
status 2" "no command"
check_output "did you mean 'unlock'" "a command that is mistyped" refused unlok
check_output "did you mean '--recovery'" "an option" refused unlock --recovry
check_output "there is no option '--recov' here; did you mean '--recovery'" "an abbreviation is refused" refused unlock --recov
check_output "option '--class' lacks its value" "a value that is missing" refused wrap --class
check_output "option '--full' takes no value" "one that is too much" refused lock --full=yes
check_output "'lock' takes no --class" "an option of another command" refused lock --class ak
check_output "there is no option '-x' here" "a letter" refused lock -x
check_output "'--json' stands before the command" "an option before the command" refused --json status
check_equal "$(keybagctl help recovery add)" "$(keybagctl recovery --help)" "help takes more words"
check_equal "$(completed doctor --u)" "" "none that it does not take"
check_equal "$(completed wrap --aad "")" "" "nothing where anything may stand"
finish
