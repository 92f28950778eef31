#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# The commands, the agent and pam_keybag in German: what people see is translated, what programs read is not, and no
# environment makes them read a catalogue of somebody else's.
. "$(dirname "$0")/lib/stack.sh"
stack_begin
cheap="--kdf-memory 64 --kdf-passes 1"
asked=/run/asked-language
hostile=/run/hostile
catalogue=/usr/share/locale/de/LC_MESSAGES/keybag.mo

[ -e $catalogue ] || skip_all "no catalogue is installed"
# A real one where it can be read; LANGUAGE alone asks for the language in any but the plain locale.
if LOCPATH=/mnt/build/locale LC_ALL=de_DE.UTF-8 python3 -c 'import locale; locale.setlocale(locale.LC_ALL, "")' 2>/dev/null; then
	real="LOCPATH=/mnt/build/locale LC_ALL=de_DE.UTF-8"
else
	real="LANGUAGE=de LC_ALL=C.UTF-8"
fi

# german COMMAND…
german() {
	(
		export LANGUAGE=de LC_ALL=C.UTF-8
		"$@"
	)
}

# typing USER COMMAND… -- PATTERN REPLY…
typing() {
	local user=$1
	shift
	as "$user" env LANGUAGE=de LC_ALL=C.UTF-8 python3 "$here/lib/terminal.py" "$@" >$asked 2>&1
}

# said PATTERN NAME: in what the last command printed
said() {
	check_output "$1" "$2" cat $asked
}

# same NAME COMMAND…: prints the same in both languages
same() {
	local name=$1
	shift
	check_equal "$(german "$@" 2>/dev/null)" "$(LC_ALL=C "$@" 2>/dev/null)" "$name"
}

# ---- help, status, errors ----
keybag_create anna anna-password
check_output '^Aufruf: keybagctl BEFEHL' "the help of keybagctl" german keybagctl --help
check_output '^Aufruf: keychainctl find WORT' "the help of a command of keychainctl" german keychainctl find --help
check_output 'Zustand: +vor dem ersten Entsperren' "the state" german keybagctl status --user anna
keybagctl unlock --user anna <<<anna-password
# shellcheck disable=SC2086 # words
check_output 'Zustand: +entsperrt' "the same in a locale of that language" env $real keybagctl status --user anna
check_output '^usage: keybagctl COMMAND' "English in the plain locale" env LANGUAGE=de LC_ALL=C keybagctl --help
check_output 'es gibt keinen Befehl .x.: siehe' "what is typed wrong" german keybagctl x
check_status 2 "exit statuses are the same" german keybagctl x
check_output 'die UID 1202 hat kein Keybag: Legen Sie eines mit .keybagctl create. an' "what keybagd says with a number" \
	as ben env LANGUAGE=de LC_ALL=C.UTF-8 keybagctl status
check_output 'errSecInteractionNotAllowed \(-25308\): der Schl.*ssel der Schutzklasse' "errors of the keychain" \
	german keychainctl error -25308
check_output 'es gibt keinen Schl.*sselbund .x.: Legen Sie' "what keychaind says with a name" \
	as anna env LANGUAGE=de LC_ALL=C.UTF-8 keychainctl list --keychain x
check_output 'Datei oder Verzeichnis|No such file' "errors of the system" german keybagctl unwrap --user anna --in /nowhere

# ---- what programs read ----
same "the JSON of status" keybagctl status --user anna --json
same "the JSON of list" keybagctl list --json
same "the JSON of doctor, its texts too" keybagctl doctor --json
check_output '"text":"keybagd answers"' "which are English" german keybagctl doctor --json
check_output 'keybagd antwortet$' "those for people are not" german keybagctl doctor
same "list, whose columns scripts read" keybagctl list
same "the version" keychainctl --version
as anna keychainctl add --service mail --account anna <<<secret
same "the JSON of the keychain" as anna keychainctl find --service mail --json
check_equal "$(german as anna keychainctl find --service mail)" secret "a secret"
same "lines of a pipe" as anna keychainctl list
same "keychains, in a pipe" as anna keychainctl keychains
# shellcheck disable=SC2086 # words
check_equal "$(echo '{"op":"add","query":{"class":"genp","acct":"half","icmt":0.5}}' | as anna env $real keychainctl call)" \
	"$(echo '{"op":"add","query":{"class":"genp","acct":"half","icmt":0.5}}' | as anna env LC_ALL=C keychainctl call)" \
	"a request with a fraction, where numbers have commas"

# ---- questions ----
keybagctl lock --user anna
check "prompts are German" typing anna keybagctl unlock -- 'Passcode: ' wrong 'Passcode: ' anna-password
said 'Keybag von anna \(UID 1201\): Passcode falsch: Versuchen Sie es noch einmal' "what keybagd says of a wrong passcode too"
check "keychainctl asks" typing anna keychainctl add --service asked -- 'Geheimnis: ' one 'Dasselbe noch einmal: ' two \
	'nicht gleich' '' 'Dasselbe noch einmal: ' '' 'echo:leeres Geheimnis speichern\? \[j/N\] ' j
check "and takes j for an answer" as anna keychainctl find --service asked
check_status 2 "what is no yes is none" typing anna keychainctl add --service empty -- 'Geheimnis: ' '' \
	'Dasselbe noch einmal: ' '' 'echo:\[j/N\] ' n
check "create leads in German" typing ben keybagctl create $cheap -- 'Anmeldepasswort .*: ' ben-password \
	'echo:Soll es der Passcode sein\? \(J/n\): ' '' 'echo:Wiederherstellungscode erzeugen\?.*: ' n
said 'keybagctl recovery add' "to the end"
keybagctl destroy --user ben --yes >/dev/null
for word in ja yes; do
	keybag_create ben ben-password
	check "destroy takes $word" typing ben keybagctl destroy -- 'echo:Tippen Sie ja, um fortzufahren: ' $word \
		'Passcode: ' ben-password
done
keybag_create ben ben-password
check_status 1 "and nothing else" typing ben keybagctl destroy -- 'echo:Tippen Sie ja' j
check "which destroys nothing" keybagctl status --user ben

# ---- throttled ----
keybagctl lock --user ben
for i in $(seq 20); do
	keybagctl unlock --user ben <<<"wrong-$i" >/dev/null 2>&1
	[ $? != 5 ] || break
done
check_output 'falsche Antworten: Jetzt wird nichts versucht, warten Sie [0-9]+ s' "a delay is told" \
	as ben env LANGUAGE=de LC_ALL=C.UTF-8 keybagctl unlock
check_output 'Versuche: +[0-9]+ falsche, der n.*chste in [0-9]+ s' "in the status too" german keybagctl status --user ben

# ---- pam_keybag, in a program that has a language ----
forget
check_output "Das Keybag von anna beh.*lt seinen eigenen Passcode" "passwd by root, in German" \
	env LANGUAGE=de LC_ALL=C.UTF-8 python3 "$here/lib/terminal.py" passwd anna -- ': ' Third-pass-3 ': ' Third-pass-3
check "the journal is English" logged "old password was not given: the keybag of anna keeps its own passcode"
check_output "The keybag of anna keeps its own passcode" "in the plain locale it is English" \
	env LANGUAGE=de LC_ALL=C python3 "$here/lib/terminal.py" passwd anna -- ': ' Third-pass-4 ': ' Third-pass-4
login_password ben another-password
check_output "Your keybag stays closed" "a program without a language gets English" \
	german pam login ben another-password authenticate acct_mgmt setcred

# ---- the agent ----
cat >/run/pinentry <<-'PINENTRY'
	#!/bin/sh
	cat >/run/told-language
	printf 'OK\nERR 83886179 cancelled\nOK\n'
PINENTRY
chmod 755 /run/pinentry
install -m 666 /dev/null /run/told-language
keybagctl lock --user anna
check_output '^Aufruf: keybag-agent' "the help of the agent" german keybag-agent --help
check_status 1 "the agent asks" as anna env LANGUAGE=de LC_ALL=C.UTF-8 keybag-agent --once --pinentry=/run/pinentry
check_output '^SETDESC Ihr Keybag ist geschlossen' "in German" cat /run/told-language
check_output 'no program /nowhere' "what goes to the journal is English" \
	as anna env LANGUAGE=de LC_ALL=C.UTF-8 keybag-agent --once --pinentry=/nowhere

# ---- a catalogue of somebody else's ----
mkdir -p $hostile/LC_MESSAGES $hostile/de/LC_MESSAGES
sed 's/Aufruf: keybagctl/HOSTIL: keybagctl/; s/Das Keybag von/Ein FEINDL. von/; s/Zustand:     /HOSTILE:     /' $catalogue \
	>$hostile/LC_MESSAGES/keybag.mo
cp $hostile/LC_MESSAGES/keybag.mo $hostile/de/LC_MESSAGES/
for language in ../../..$hostile de:../../..$hostile; do
	check_output '^usage: keybagctl COMMAND' "LANGUAGE=$language changes nothing" \
		env LANGUAGE=$language LC_ALL=C.UTF-8 keybagctl --help
	check_output "The keybag of anna keeps its own passcode" "nor does it for PAM" \
		env LANGUAGE=$language LC_ALL=C.UTF-8 python3 "$here/lib/terminal.py" passwd anna -- ': ' Fourth-pass-5 ': ' Fourth-pass-5
done
check_output '^Aufruf: keybagctl BEFEHL' "other variables change nothing" env LANGUAGE=de LC_ALL=C.UTF-8 \
	TEXTDOMAINDIR=$hostile TEXTDOMAIN=hostile NLSPATH="$hostile/%N" OUTPUT_CHARSET=ISO-8859-1 keybagctl --help
check_output '^usage: keybagctl COMMAND' "a locale with a path is none" env LC_ALL=../../..$hostile keybagctl --help
rm -rf $hostile /run/pinentry /run/told-language

finish
