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
	rm -f /dev/log
	python3 "$here/lib/syslog.py" $LOG &
	syslog=$!
	trap stack_end EXIT
	soon test -S /dev/log
	user_add anna 1201
	user_add ben 1202
}

# daemon_settings [LINE…]: keybagd with these settings
daemon_settings() {
	mkdir -p "${CONF%/*}"
	printf '%s\n' 'kdf-memory-kib = 64' 'kdf-passes = 1' "$@" >$CONF
	daemon_restart
}

daemon_stop() {
	pkill -TERM -x keybagd
	while daemon_running; do sleep 0.05; done
}

daemon_kill() {
	pkill -KILL -x keybagd
	while daemon_running; do sleep 0.05; done
}

# As the service manager does it: what is open stays so.
daemon_restart() {
	pkill -USR1 -x keybagd
	while daemon_running; do sleep 0.05; done
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

# daemon_find: sets $daemon, to nothing if there is none. It starts another process only when the one that was
# there last is gone.
daemon_find() {
	local name=
	[ -z "${daemon:=}" ] || { read -r name <"/proc/$daemon/comm"; } 2>/dev/null
	{ [ "$name" = keybagd ] && alive "$daemon"; } || daemon=$(pgrep -x keybagd)
}

daemon_running() {
	daemon_find
	[ -n "$daemon" ]
}

# daemon_listens: the socket of a daemon that is gone stays, but nobody listens to it
daemon_listens() {
	grep -q ' 00010000 .*keybagd\.sock$' /proc/net/unix
}

# look_at FOLDER: sets $state to the letter that the stat file of a process or thread has; to nothing if it is
# gone. No other process is started for it: tests look very often.
look_at() {
	local line=
	{ read -r line <"$1/stat"; } 2>/dev/null
	line=${line##*) }
	state=${line:0:1}
}

# alive PID: it has not ended. The first thread of one that is killed may be dead before the others, which still
# hold its files.
alive() {
	local state tasks=()
	look_at "/proc/$1"
	[[ $state != Z ]] || tasks=("/proc/$1/task/"*)
	[[ $state == [^ZX] ]] || [ ${#tasks[@]} -gt 1 ]
}

# settled PID: waits until a process has done what there was to do: all its threads sleep, whenever one looks
settled() {
	local looks=0 state task
	while [ $looks -lt 3 ] && alive "$1"; do
		looks=$((looks + 1))
		for task in "/proc/$1/task/"*; do
			look_at "$task"
			[[ -z $state || $state == S ]] || looks=0
		done
		sleep 0.05
	done
}

daemon_settled() {
	! daemon_running || settled "$daemon"
}

# connected PID: it has a connection to some service
connected() {
	local inode
	for inode in $(readlink "/proc/$1/fd/"* | sed -n 's/^socket:\[\([0-9]*\)\]$/\1/p'); do
		grep -qE " 0005 03 +$inode( |$)" /proc/net/unix && return
	done
	return 1
}

# watching PID…: waits until these clients are connected and have been served
watching() {
	local pid
	for pid; do
		until connected "$pid" && settled "$pid" && connected "$pid"; do
			if ! alive "$pid"; then
				diagnose "$pid does not watch: it has ended"
				return 1
			fi
			sleep 0.05
		done
	done
	daemon_settled
}

# memory_locked: by the daemon, KiB; a KDF that runs has locked more
memory_locked() {
	local word kib
	daemon_find
	while read -r word kib _; do
		[ "$word" != VmLck: ] || echo "$kib"
	done <"/proc/$daemon/status"
}

# deriving KIB: waits for a KDF that takes so much more memory than the daemon's $memory_at_rest
deriving() {
	until [ "$(memory_locked)" -ge $((memory_at_rest + $1)) ]; do sleep 0.05; done
}

# daemon_start: returns when it has loaded the keybags and serves clients, or has ended
daemon_start() {
	"$KEYBAGD" >>/run/keybagd.log 2>&1 &
	daemon=$!
	disown
	until daemon_listens; do
		if ! alive $daemon; then
			diagnose "keybagd has ended"
			return 1
		fi
		sleep 0.05
	done
	daemon_settled
}

# as USER COMMAND…
as() {
	local user=$1
	shift
	(
		export HOME="/home/$user" USER="$user"
		exec setpriv --reuid "$user" --regid "$user" --init-groups "$@"
	)
}

keybag_create() {	# USER PASSCODE
	keybagctl create --user "$1" <<<"$2" >/dev/null 2>&1
}

field() {	# USER FIELD: of the status
	json_field "${2##*.}" "$(keybagctl status --user "$1" --json)"
}

# json_field NAME JSON: a string or a number, of the first object that has it; no other process is started for it
json_field() {
	local text
	[[ $2 == *"\"$1\":"* ]] || return
	text=${2#*"\"$1\":"}
	text=${text%%[,\}]*}
	text=${text//[\"$'\n']/}
	echo "${text# }"
}

state() {	# USER
	field "$1" state
}

# log_complete: what was logged up to now is in the file
log_complete() {
	# None of them begins like another.
	local mark=mark-$EPOCHREALTIME
	logger -u /dev/log -- $mark
	soon grep -q $mark $LOG
}

# forget: from here on, logged() sees what is new
forget() {
	log_complete
	: >$LOG
}

logged() {	# PATTERN
	log_complete
	grep -qE -- "$1" $LOG && return
	cat $LOG
	return 1
}

# times_logged PATTERN: lines that match
times_logged() {
	log_complete
	grep -cE -- "$1" $LOG
}

# pam SERVICE USER PASSWORD OPERATION…: a host that runs these operations
pam() {
	local service=$1 user=$2 password=$3
	shift 3
	pamtester "$service" "$user" "$@" <<<"$password"
}

# console USER PASSWORD COMMAND: login(1) on a terminal
console() {
	python3 "$here/lib/terminal.py" login "$1" -- 'assword: ' "$2" '\$ ' "$3; exit"
}
