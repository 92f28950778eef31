#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of keychainctl, in bash alone; the program is the one that was built. What it asks keychaind is made up.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
program=$top/build/helper/keychain/command/keychainctl
[ -x "$program" ] || skip_all "keychainctl is not built"
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
keychainctl() {
	if [ "$*" = "system list" ]; then
		printf '%s\t%s\tck\n' backup.service db backup.service key other.service token \
			'home-a\x2db.mount' '$(touch ran)' 'home-a\x2db.mount' '`touch ran`;*'
	elif [ "$*" = "keychains" ]; then
		printf '%s\t4096\t1\t%s\n' login default work ""
	else
		LD_LIBRARY_PATH=$top/build/helper/lib "$program" "$@"
	fi
}
. "$top/helper/keychain/completions/keychainctl"

# completed WORD…: what the last word may become
completed() {
	COMP_WORDS=(keychainctl "$@") COMP_CWORD=$#
	_keychainctl
	echo "${COMPREPLY[*]}"
}

# The long options that the help of a command tells of.
told() {
	keychainctl "$1" --help | grep -o -- '--[a-z][a-z0-9-]*' | grep -v -x -- --help | sort -u
}

commands=$(sed -n 's/^\t{ "\([a-z-]*\)", .*command_.*/\1/p' "$top/helper/keychain/command/main.c")
check_equal "$(completed "")" "$(echo $commands) help --help --version" "every command"
check_equal "$(completed p)" "pending purge" "a command begun"
check_equal "$(completed help p)" "pending purge" "a command to be helped with"
for command in $commands; do
	check_equal "$(keychainctl help "$command")" "$(keychainctl "$command" --help)" "help $command is $command --help"
	offered=$(completed "$command" --)
	missing=$(for option in $(told "$command"); do [[ " $offered " == *" $option "* ]] || echo "$option"; done)
	check_equal "$missing" "" "$command: every option that its help has"
	unknown=$(for option in $offered; do
		# As the program sees them: it knows an option, or says so.
		keychainctl "$command" "$option" 2>&1 </dev/null | grep -q "there is no option '$option'" && echo "$option"
	done)
	check_equal "$unknown" "" "$command: none that it does not know"
done
check_equal "$(completed add --accessible ak)" "ak aku akpu" "protection classes"
check_equal "$(completed find --class c)" "certificate" "classes of items"
check_equal "$(completed find --synchronizable "")" "yes no any" "what synchronizable may be"
check_equal "$(completed add --protocol ftp-)" "ftp-proxy ftp-account" "protocols, all that there are"
check_equal "$(completed add --authentication-type n)" "ntlm" "types of authentication"
check_equal "$(completed find --invisible "")" "yes no" "what is yes or no"
check_equal "$(completed add --extra-0)" "--extra-0" "names with digits"
check_equal "$(completed find -k "")" "login work" "keychains"
check_equal "$(completed move --user roo)" "root" "users"
check_equal "$(completed keychains d)" "default delete" "words of a command"
check_equal "$(completed keychains delete w)" "work" "a keychain to be deleted"
check_equal "$(completed keychains create "")" "" "no keychain to be made"
check_equal "$(completed system d)" "delete" "words of 'system'"
check_equal "$(completed system delete --for backup.service "")" "db key" "what is granted to a unit"
# A name is root's choice or that of a unit's author; none may run anything, and the shell must take it as it is.
hidden='\$\(touch\ ran\) \`touch\ ran\`\;\*'
check_equal "$(cd "$scratch" && completed system delete --for 'home-a\\x2db.mount' "")" "$hidden" "names that hide a command"
check_equal "$(ls "$scratch")" "" "no name is run"
check_equal "$(completed system delete --for 'home-a\\x2db.mount' '\$')" '\$\(touch\ ran\)' "a quoted name begun"
check_equal "$(completed system add --for backup.service "")" "" "no credential to be granted"
check_equal "$(completed class ck)" "ck cku" "a class to change to"
check_equal "$(completed find --serv)" "--server --service" "attributes"
check_equal "$(completed generate --characters h)" "hex" "what a secret may be made of"
check_equal "$(keychainctl error -25308)" \
	"errSecInteractionNotAllowed (-25308): the key of the item's protection class is locked: unlock and try again" "an error"
check_equal "$(keychainctl error errSecItemNotFound) $(keychainctl error 25300)" \
	"errSecItemNotFound (-25300): no item matches errSecItemNotFound (-25300): no item matches" "by its name, and without its sign"
check_equal "$(keychainctl error -1 2>/dev/null; echo $?)" 9 "a number that is none"
check_equal "$(keychainctl error | wc -l)" "$(grep -c 'STATUS(errSec' "$top/helper/keychain/base/status.c")" "all errors"
check_equal "$(completed add --account "")" "" "nothing where anything may stand"
cd "$top" || exit 1
check_equal "$(completed export --out READM)" "README.md" "a file to write"
check_equal "$(completed export --format p)" "pem pkcs12" "formats"
check_equal "$(completed import READM)" "README.md" "files"
refused() {
	keychainctl "$@" 2>&1 </dev/null
	echo "status $?"
}
check_output "did you mean 'find'" "a command that is mistyped" refused fnid
check_output "^status 2" "is wrong use" refused fnid
check_output "did you mean '--account'" "an option" refused find --acount me
check_output "there is no option '--acc' here; did you mean '--acc" "an abbreviation is refused" refused find --acc me
check_output "option '--account' lacks its value" "a value that is missing" refused find --account
check_output "option '--all' takes no value" "one that is too much" refused find --all=yes
check_output "did you mean 'label'" "an attribute" refused update --all --set lable=x
check_equal "$(refused find colour=red)" "keychainctl: there is no attribute 'colour': 'keychainctl find --help' lists them
status 2" "a name that is near none"
check_output "stands before the command" "an option before the command" refused --json list
check_equal "$(refused)" "keychainctl: which command? See 'keychainctl --help'
status 2" "no command"
check_equal "$(keychainctl help keychains delete)" "$(keychainctl keychains --help)" "help takes more words"
check_output "there is no user 'nobody-at-all'" "a user" refused keychains --user nobody-at-all
check_output "^status 9" "that there is not: not found" refused keychains --user nobody-at-all
check_output "a secret is no argument" "a secret in the list of processes" refused add --raw v_Data=base64:eA==
check_equal "$(refused import /nowhere/x)" "keychainctl: /nowhere/x: No such file or directory
status 9" "a file that is not there"
check_equal "$(completed nonsense --)" "" "nothing for what is no command"
finish
