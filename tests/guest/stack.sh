# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For tests of the login stack: the machine's own PAM files with the profile of pam_keybag enabled, two
# accounts, and what the modules log. Everything is put back when the test ends.

here=$(dirname "$(readlink -f "$0")")
. "$here/../lib/tap.sh"

command -v keybagctl >/dev/null || skip_all "the project is not installed"
[ -e /dev/keybag ] || skip_all "the module is not loaded"

LOG=/run/test-syslog
CONF=/etc/keybag/keybagd.conf
KEYBAGD=$(command -v keybagd || echo /usr/sbin/keybagd)

stack_end() {
	local user
	daemon_running || daemon_start
	for user in anna ben; do
		id -u $user >/dev/null 2>&1 || continue
		keybagctl destroy --user $user --yes >/dev/null 2>&1
		userdel -rf $user >/dev/null 2>&1
	done
	rm -rf /etc/pam.d && cp -a /run/test-pam.d /etc/pam.d && rm -rf /run/test-pam.d
	rm -f $CONF
	[ ! -e /run/test-conf ] || mv /run/test-conf $CONF
	daemon_restart
	kill "$syslog" 2>/dev/null
	rm -f /dev/log
}

stack_begin() {
	cp -a /etc/pam.d /run/test-pam.d
	[ ! -e $CONF ] || cp -a $CONF /run/test-conf
	DEBIAN_FRONTEND=noninteractive pam-auth-update --enable keybag >/dev/null 2>&1
	stack_options debug
	# Cheap hashes and keys: here it is not their strength that is tested.
	sed -i 's/yescrypt/md5/' /etc/pam.d/common-password
	daemon_settings
	python3 "$here/syslog.py" $LOG &
	syslog=$!
	trap stack_end EXIT
	user_add anna 1201
	user_add ben 1202
}

# daemon_settings [LINE…]: keybagd with these settings
daemon_settings() {
	mkdir -p "${CONF%/*}"
	printf '%s\n' 'kdf-memory-kib = 64' 'kdf-passes = 1' "$@" >$CONF
	daemon_restart
}

daemon_restart() {
	pkill -TERM -x keybagd
	while daemon_running; do sleep 0.1; done
	daemon_start
}

# stack_options OPTIONS: arguments of the module, everywhere
stack_options() {
	sed -i "s/pam_keybag\.so.*/pam_keybag.so $1/" /etc/pam.d/common-*
}

user_add() {	# NAME UID
	useradd -m -u "$2" -s /bin/bash "$1"
	login_password "$1" "$1-password"
}

# login_password USER PASSWORD: as root, past PAM
login_password() {
	usermod -p "$(openssl passwd -1 "$2")" "$1"
}

daemon_running() {
	pgrep -x keybagd >/dev/null
}

daemon_start() {
	"$KEYBAGD" >>/run/keybagd.log 2>&1 &
	disown
	local i
	for i in $(seq 50); do
		keybagctl list >/dev/null 2>&1 && return
		sleep 0.1
	done
	diagnose "keybagd does not answer"
}

# as USER COMMAND…
as() {
	local user=$1
	shift
	setpriv --reuid "$user" --regid "$user" --init-groups env HOME="/home/$user" USER="$user" "$@"
}

keybag_create() {	# USER PASSCODE
	keybagctl create --user "$1" <<<"$2" >/dev/null 2>&1
}

field() {	# USER FIELD: of the status
	keybagctl status --user "$1" --json | jq -r ".$2"
}

state() {	# USER
	field "$1" state
}

# forget: from here on, logged() sees what is new
forget() {
	: >$LOG
}

logged() {	# PATTERN
	local i
	for ((i = 0; i < 5; i++)); do
		grep -qE -- "$1" $LOG && return
		sleep 0.1
	done
	cat $LOG
	return 1
}

# pam SERVICE USER PASSWORD OPERATION…: a host that runs these operations
pam() {
	local service=$1 user=$2 password=$3
	shift 3
	timeout 60 pamtester "$service" "$user" "$@" <<<"$password"
}

# console USER PASSWORD COMMAND: login(1) on a terminal
console() {
	timeout 60 python3 "$here/terminal.py" 50 login "$1" -- 'assword: ' "$2" '\$ ' "$3; exit"
}

# seconds COMMAND…: how long it took, rounded down
seconds() {
	local start=$SECONDS
	"$@" >/dev/null 2>&1
	echo $((SECONDS - start))
}
