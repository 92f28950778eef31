#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: kernel=6.1
#
# keybagctl on a terminal: create leads to a passcode and a recovery code, a wrong secret is asked for again, and what
# destroys something asks first.
. "$(dirname "$0")/lib/stack.sh"
stack_begin
cheap="--kdf-memory 64 --kdf-passes 1"
asked=/run/asked-pam
tries=/run/pam-tries

# The machine's own stack, and a count of how often it was asked.
touch $tries
chmod 666 $tries
sed -i "1i auth optional pam_exec.so quiet /bin/sh -c [echo try >>$tries]" /etc/pam.d/keybagctl
tries_made() {
	local count
	count=$(wc -l <$tries)
	: >$tries
	echo "$count"
}

# typing USER COMMAND… -- PATTERN REPLY…
typing() {
	local user=$1
	shift
	as "$user" python3 "$here/lib/terminal.py" "$@" >$asked 2>&1
}

# said PATTERN NAME: in what the last command printed
said() {
	check_output "$1" "$2" cat $asked
}

# shellcheck disable=SC2016 # for another shell
group='!text=$(cat); n=$(grep -o "Group [1-6]" <<<"$text" | tail -1); grep -oE "([0-9A-Z]{5}-){5}[0-9A-Z]{5}" <<<"$text" |
	tail -1 | cut -d- -f"${n#Group }"'
later='echo:recovery code now'

# ---- create ----
check "create with the login password" typing anna keybagctl create $cheap -- 'Login password.*: ' anna-password \
	'echo:Take it as the passcode' '' "$later" '' 'echo:Group [1-6]' 'WRONG' 'echo:Group [1-6]' "$group"
said 'group [1-6] is another one' "a group that was misread is asked for again"
said 'recovery code confirmed' "and the code is confirmed on the spot"
check_equal "$(tries_made)" 1 "PAM was asked once"
check_equal "$(field anna recovery)" confirmed "status says so"
keybagctl lock --user anna
check "the passcode is the login password" as anna keybagctl unlock <<<anna-password
check_status 12 "a second keybag is refused" typing anna keybagctl create --
check_equal "$(grep -c 'Login password' $asked)" 0 "before anything is asked"

check "create with a passcode of its own" typing ben keybagctl create $cheap -- 'Login password.*: ' not-it \
	'New passcode: ' ben12345 'Once more: ' ben12346 'New passcode: ' ben12345 'Once more: ' ben12345 "$later" n
said 'not the login password of ben.* not be tried again' "what is not the login password is told"
said 'strength of this passcode: very weak' "how strong the passcode is"
said 'not the same: try again' "two that differ are asked for again"
said 'logins leave the keybag closed' "and what a passcode of its own means"
said 'recovery add' "a recovery code can be made later"
check_equal "$(tries_made)" 1 "no passcode was tried as a login password"
keybagctl destroy --user ben --yes >/dev/null

check "create without passcode, confirmed" typing ben keybagctl create -- 'Login password.*: ' '' 'New passcode: ' '' \
	'echo:Type yes' yes "$later" n
check_equal "$(tries_made)" 0 "Enter is not tried either"
check_equal "$(field ben passcode)" false "it has none"
keybagctl destroy --user ben --yes >/dev/null
check_status 1 "which is made only after a yes" typing ben keybagctl create -- 'Login password.*: ' '' 'New passcode: ' '' \
	'echo:Type yes' no
check_status 9 "so there is none" keybagctl status --user ben
cp /etc/pam.d/keybagctl /run/keybagctl.pam
echo "auth required pam_deny.so" >/etc/pam.d/keybagctl
check "create where PAM cannot say" typing ben keybagctl create $cheap -- 'Login password.*: ' ben-password \
	'New passcode: ' ben-password 'Once more: ' ben-password "$later" n
said 'cannot be verified here' "says so"
mv /run/keybagctl.pam /etc/pam.d/keybagctl
keybagctl destroy --user ben --yes >/dev/null
check "root makes one for another user without asking for a login password" \
	python3 "$here/lib/terminal.py" keybagctl create --user ben $cheap -- 'New passcode: ' for-ben-from-root-1 \
	'Once more: ' for-ben-from-root-1 "$later" n
check_equal "$(tries_made)" 0 "which root does not know"

# ---- three tries, and none while there is a delay ----
keybagctl lock --user anna
check "the third answer is right" typing anna keybagctl unlock -- 'Passcode: ' one 'Passcode: ' two 'Passcode: ' anna-password
keybagctl lock --user anna
check_status 4 "three wrong ones end it" typing anna keybagctl unlock -- 'Passcode: ' one 'Passcode: ' two 'Passcode: ' three
check_status 4 "a script has one try" as anna keybagctl unlock <<<$'four\nanna-password'
check_status 5 "throttled" typing anna keybagctl unlock --
said 'wrong answers so far: nothing is tried now, wait [0-9]+ s' "is said"
check_equal "$(grep -c 'Passcode:' $asked)" 0 "before anything is asked"
check_status 5 "of a change of passcode too" typing anna keybagctl passwd --
check_equal "$(grep -c 'passcode:' $asked)" 0 "nothing is asked either"

# ---- what destroys something ----
check_status 2 "passwd --remove in a script needs --yes" as ben keybagctl passwd --remove <<<for-ben-from-root-1
check_status 1 "passwd --remove asks" typing ben keybagctl passwd --remove -- 'echo:akpu will be lost.*Type yes' no
check_equal "$(field ben passcode)" true "nothing was changed"
check "and does it after a yes" typing ben keybagctl passwd --remove -- 'echo:Type yes' yes 'Present passcode: ' \
	for-ben-from-root-1
as ben keybagctl recovery add </dev/null >/dev/null 2>&1
check_status 2 "passwd --set voids the recovery code: a script needs --yes" as ben keybagctl passwd --set $cheap <<<new
check "on a terminal it asks" typing ben keybagctl passwd --set $cheap -- 'echo:recovery code will be void.*Type yes' yes \
	'New passcode: ' plum-visit-hedge 'Once more: ' plum-visit-hedge
as ben keybagctl recovery add <<<plum-visit-hedge >/dev/null 2>&1
check_status 2 "recovery add --replace needs --yes" as ben keybagctl recovery add --replace <<<plum-visit-hedge
check_status 2 "passwd --recovery needs --yes" as ben keybagctl passwd --recovery </dev/null

check_status 1 "destroy asks" typing ben keybagctl destroy -- \
	'echo:This is the keybag of ben \(uid [0-9]+\), [0-9a-f-]{36}.*lost for ever.*Type yes' no
check_status 9 "but not where there is no keybag" keybagctl destroy --user daemon
daemon_stop
check_status 10 "nor before it is known that keybagd runs" typing ben keybagctl destroy --
check_status 10 "create asks for no password then" typing daemon keybagctl create --
check_equal "$(grep -c password $asked)" 0 "of any kind"
daemon_start

# ---- secrets and terminals ----
keybagctl unlock --user ben <<<plum-visit-hedge
blob=/run/blob-terminal
check "wrap asks for a secret, twice and hidden" typing ben keybagctl wrap --class ck --out /tmp/typed -- 'Secret: ' hush \
	'Once more: ' hush
check_equal "$(grep -c hush $asked)" 0 "it is not shown"
check_equal "$(as ben keybagctl unwrap --in /tmp/typed)" hush "what was typed is in it"
check_status 2 "seal does not read a file from the keyboard" typing ben keybagctl seal --out /tmp/x --
said 'which FILE' "it asks for a name"
check_status 2 "nor unwrap a blob" typing ben keybagctl unwrap --
printf 'a\033[2Jb' | keybagctl wrap --user ben --class ck --out $blob
printf 'a\033[2Jb' | keybagctl seal --user ben --class C --out $blob.sealed
chmod 644 $blob $blob.sealed
for command in "unwrap --in $blob" "open --in $blob.sealed"; do
	# shellcheck disable=SC2086 # words
	check_status 1 "$command: control characters stay off the terminal" typing ben keybagctl $command --
	check_equal "$(grep -c $'\033\[2J' $asked)" 0 "none is there"
	said 'could steer the terminal' "it says why"
	# shellcheck disable=SC2086 # words
	check "$command: with --force they go there" typing ben keybagctl $command --force --
	check_equal "$(grep -c $'\033\[2J' $asked)" 1 "they do"
done
printf 'Gr\303\274n\n' | keybagctl seal --user ben --class C --out $blob.sealed
chmod 644 $blob.sealed
check "text goes there" typing ben keybagctl open --in $blob.sealed --
said 'Grün' "as it is"
rm -f /tmp/typed $blob $blob.sealed

# ---- who and what is meant ----
check_output 'root has no keybag of its own: .*--user NAME' "root without --user" keybagctl status
check_status 9 "finds none" keybagctl status
keybagctl lock --user ben
check "a login with a password that is not the passcode" \
	pam login ben ben-password authenticate acct_mgmt setcred open_session
check_output 'passcode is not the login password' "status says that they differ" as ben keybagctl status
check_output '"login-differs"' "in JSON, too" as ben keybagctl status --json
check_output 'passcode is not the login password' "and doctor" keybagctl doctor
pkill -x keychaind
check_output 'keychaind does not answer' "status says that keychaind is down" as ben keybagctl status
check_output '"keychain_answers":false' "in JSON, too" as ben keybagctl status --json
check_output 'keychaind +keychaind does not answer' "and doctor" keybagctl doctor
check_output '^warning +keychaind +keychaind does not answer' "which warns users as well" as ben keybagctl doctor
# Other tests in this machine have it running, as they would find it.
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=.. python3 -c 'from lib import keychaind; keychaind.start_service()'
check "keychaind answers again" as ben keychainctl keychains

# ---- recover: three tries ----
cp "/var/lib/keybag/bags/$(field ben uuid).keybag" /run/of-ben
chmod 644 /run/of-ben
keybagctl destroy --user ben --yes >/dev/null
check_status 4 "a recovery code that is mistyped is asked for again" typing ben keybagctl recover /run/of-ben -- \
	'Recovery code: ' 00000-00000 'New passcode: ' plum-visit-hedge 'Once more: ' plum-visit-hedge \
	'Recovery code: ' 00000-00000 'Recovery code: ' 00000-00000
check_status 4 "a script has one try" as ben keybagctl recover /run/of-ben <<<$'00000-00000\nplum-visit-hedge'
rm -f /run/of-ben
finish
