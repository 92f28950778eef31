#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of keybagctl and keychainctl for zsh and fish, by the shells themselves where they are there.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
[ -x "$top/build/helper/keybagctl/keybagctl" ] || skip_all "keybagctl is not built"
[ -x "$top/build/helper/keychain/command/keychainctl" ] || skip_all "keychainctl is not built"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LD_LIBRARY_PATH=$top/build/helper/lib PATH=$top/build/helper/keybagctl:$top/build/helper/keychain/command:$PATH

# The commands of a program's own table.
table() {
	sed -n 's/^\t{ "\([a-z-]*\)", .*command_.*/\1/p' "$top/helper/$1/main.c" | sort
}
folder() {
	[ "$1" = keybagctl ] && echo keybagctl || echo keychain/command
}

# The expressions of both scripts find what is in the tables; this needs no other shell.
for program in keybagctl keychainctl; do
	for shell in zsh fish; do
		expression=$(grep -oE "'s/\^  [^']*'" "$top/helper/completions/$shell.in" | head -1)
		check_equal "$("$program" --help | sed -n "${expression//\'/}" | sort)" "$(table "$(folder "$program")")" \
			"$program, $shell: every command, and nothing else"
	done
done

# fish_completes LINE
fish_completes() {
	fish --no-config -c "source '$work/$program.fish'; complete -C '$1'" | cut -f1 | sort
}

# zsh_completes WORD…: compadd and the rest stand in for zsh's own
zsh_completes() {
	zsh -f -c 'compadd() { shift; print -l -- $@; }; _users() { print root; }; _files() { print FILES; }
		complete_now() { . "$1"; }
		words=("${@[2,-1]}") CURRENT=$#words PREFIX=$words[-1]; complete_now "$1"' zsh "$work/_$program" "$@" |
		grep . | sort
}

for program in keybagctl keychainctl; do
	sed "s/@program@/$program/g" "$top/helper/completions/fish.in" >"$work/$program.fish"
	sed "s/@program@/$program/g" "$top/helper/completions/zsh.in" >"$work/_$program"
	commands=$(table "$(folder "$program")")
	if command -v fish >/dev/null; then
		check_equal "$(fish_completes "$program ")" "$(printf '%s\n' $commands help --help --version | sort)" \
			"$program, fish: commands"
		check_equal "$(fish_completes "$program help " | grep -cx -F "$commands")" "$(wc -w <<<"$commands")" \
			"$program, fish: commands to be helped with"
	else
		skip "there is no fish" "$program, fish"
	fi
	if command -v zsh >/dev/null; then
		check "$program, zsh: no mistake in it" zsh -f -n "$work/_$program"
		check_equal "$(zsh_completes "$program" "")" "$(printf '%s\n' $commands help --help --version | sort)" \
			"$program, zsh: commands"
		check_equal "$(zsh_completes "$program" help "")" "$commands" "$program, zsh: commands to be helped with"
	else
		skip "there is no zsh" "$program, zsh"
	fi
done
program=keybagctl
if command -v fish >/dev/null; then
	check_equal "$(fish_completes "keybagctl unlock --re" | tr '\n' ' ')" "--reason --recovery " "options of a command, fish"
	for command in list doctor recover evict; do
		check_equal "$(fish_completes "keybagctl $command --u")" "" "$command acts on no keybag of a user, fish"
	done
	check_equal "$(fish_completes "keybagctl status --us")" "--user" "status does, fish"
	check_equal "$(program=keychainctl fish_completes "keychainctl add --extra-0" | tr '\n' ' ')" "--extra-0 " "names with digits, fish"
	check_equal "$(program=keychainctl fish_completes "keychainctl class c" | grep '^ck' | tr '\n' ' ')" "ck cku " "classes to change to, fish"
	check_equal "$(program=keychainctl fish_completes "keychainctl add --protocol ftp-" | tr '\n' ' ')" "ftp-account ftp-proxy " "protocols, fish"
fi
if command -v zsh >/dev/null; then
	check_output "^--first-only$" "options of a command, zsh" zsh_completes keybagctl unlock --
	for command in list doctor recover evict; do
		check_equal "$(zsh_completes keybagctl "$command" -- | grep -xE -e '--(user|uuid|system)')" "" \
			"$command acts on no keybag of a user, zsh"
	done
	check_output "^--user$" "status does, zsh" zsh_completes keybagctl status --
	check_equal "$(zsh_completes keybagctl lock --user "")" root "users, zsh"
	check_equal "$(zsh_completes keybagctl wrap --in "")" FILES "files, zsh"
	check_output "^--extra-0$" "names with digits, zsh" zsh_completes keychainctl add --
	check_output "^ftp-account$" "protocols, zsh" zsh_completes keychainctl add --protocol ""
	check_output "^akpu$" "classes to change to, zsh" zsh_completes keychainctl class ""
	check_output "^suspend$" "reasons, zsh" zsh_completes keybagctl lock --reason ""
fi
finish
