// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybagd: loads keybags, opens and locks them for those who may. No part below knows another one above it: what
 * calls upwards is connected here.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "common/folder.h"
#include "common/paths.h"
#include "common/version.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/protect.h"
#include "keybagd/account/account_watch.h"
#include "keybagd/bag/autoload.h"
#include "keybagd/bag/bag_events.h"
#include "keybagd/bag/bag_lock.h"
#include "keybagd/bag/load.h"
#include "keybagd/bag/module_open.h"
#include "keybagd/bag/queue.h"
#include "keybagd/bag/save.h"
#include "keybagd/config/config.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/kernel/device_watch.h"
#include "keybagd/kernel/follower.h"
#include "keybagd/log/audit.h"
#include "keybagd/log/event_repeat.h"
#include "keybagd/logind/logind.h"
#include "keybagd/logind/logind_idle.h"
#include "keybagd/operation/unlock.h"
#include "keybagd/policy/session.h"
#include "keybagd/secret/ticket.h"
#include "keybagd/secret/wrong_passcode.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/store.h"
#include "keybagd/wire/connection.h"
#include "keybagd/wire/request.h"

/* As in the unit, which has the sum. */
#define DESCRIPTORS	65536

static void screen_opened(uid_t owner, pid_t pid)
{
	struct session *session;

	if (logind_screen_of(pid, &session))
		logind_screen_opened(owner, session);
}

static void on_bag_changed(const struct bag *bag, const struct keybag_event *event)
{
	connection_tell(bag, event);
	if (event->state == KEYBAG_STATE_UNLOCKED && event->reason == KEYBAG_REASON_SCREEN)
		screen_opened(bag->owner, (pid_t)event->requester.pid);
}

static const struct bag_events_listener bag_listener = {
	.changed = on_bag_changed,
	.unsaved = save_later,
	.hibernated = autoload_again,
};

static bool has_process(uid_t owner, pid_t pid)
{
	const struct session *session = logind_session_of(pid);

	return session && session->uid == owner;
}

static const struct unlock_sessions sessions = {
	.all_locked = session_all_locked,
	.has_process = has_process,
	.await = logind_await_login,
	.opened = screen_opened,
};

static int lock_all(uint32_t reason)
{
	if (reason == KEYBAG_REASON_SUSPEND)
		wrong_passcode_forget_all();
	ticket_drop_all();
	return bag_lock_all(reason);
}

static void each_loaded(void (*judge)(uid_t uid, uint64_t login_ns))
{
	struct keybag_status status;
	struct bag *bag, *next;
	bool by_login;

	for (bag = bag_first(); bag; bag = next) {
		next = bag->next;
		if (!bag->loaded || bag->type != KEYBAG_TYPE_USER)
			continue;
		by_login = device_ioctl_status(bag->uuid, &status) == 0 &&
			   status.state == KEYBAG_STATE_UNLOCKED && status.reason == KEYBAG_REASON_LOGIN;
		judge(bag->owner, by_login ? status.state_time_ns : 0);
	}
}

static const struct logind_actions session_actions = {
	.lock = bag_lock_owner,
	.lock_all = lock_all,
	.when_quiet = queue_quiet,
	.open_since = bag_lock_open_since,
	.lock_after = bag_lock_after_idle,
	.each_loaded = each_loaded,
};

/* Opens all that waits for events or time. */
static int open_sources(sd_event *loop)
{
	int result = worker_open(loop);

	if (result >= 0)
		result = autoload_open(loop);
	if (result >= 0)
		result = save_open_loop(loop);
	if (result >= 0)
		result = wrong_passcode_open_loop(loop);
	if (result >= 0)
		result = event_repeat_open(loop);
	if (result < 0) {
		log_error("event loop: %s", keybag_error_text(result));
		return result;
	}
	follower_open_loop(loop);
	connection_open_loop(loop, request_handle);
	bag_events_open(loop, &bag_listener);
	unlock_use_sessions(&sessions);
	bag_on_idle(logind_idle_reload);
	ticket_open_loop(loop);
	return 0;
}

/* The folder is made where no service manager has done so. */
static int listen_to_clients(sd_event *loop)
{
	if (folder_make_shared(KEYBAG_SOCKET_FOLDER) < 0) {
		log_error(KEYBAG_SOCKET_FOLDER ": %m");
		return -1;
	}
	return listener_open(loop, KEYBAG_SOCKET, connection_accept);
}

static void reload(void)
{
	if (config_reload(NULL) == 0)
		logind_idle_reload();
}

static int start(sd_event *loop)
{
	struct request_result failure = { 0 };
	int result;

	config_load(NULL);
	if (store_open() < 0 || open_sources(loop) < 0)
		return -1;
	/* Before anything is changed: one that is started by hand may find another one's socket. */
	if (listen_to_clients(loop) < 0)
		return -1;
	form_file_clean();
	bag_scan();
	/* First, so that a device which comes in between is noticed. Without the module every request says so. */
	result = device_watch_open(loop, module_open);
	if (result < 0)
		log_error("a module that is loaded later is noticed at the next request: %s", strerror(-result));
	if (module_open(&failure) < 0)
		log_error("%s", failure.text);
	result = account_watch_open(loop, load_check_owners);
	if (result < 0)
		log_error("changes of accounts are not noticed at once: %s", strerror(-result));
	/* Changes of accounts while no daemon ran were told to nobody. */
	load_check_owners();
	result = logind_open(loop, &session_actions);
	if (result < 0)
		log_error("sessions are not followed: %s", strerror(-result));
	return 0;
}

static int check(const char *path)
{
	if (config_check(path) < 0)
		return 1;
	printf("%s: nothing is wrong\n", path ? path : "keybagd.conf");
	return 0;
}

/* Handles the arguments that do not start the daemon. Returns an exit status, or -1: start it. */
static int answer_arguments(int argc, char **argv)
{
	bool help;

	if (argc == 1)
		return -1;
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("keybagd " KEYBAG_VERSION);
		return 0;
	}
	if (argc <= 3 && !strcmp(argv[1], "--check"))
		return check(argv[2]);
	help = !strcmp(argv[1], "--help");
	fputs("keybagd takes no arguments but --version and --check [FILE]; see keybagd(8) and keybagd.conf(5).\n",
	      help ? stdout : stderr);
	return help ? 0 : 2;
}

static void end_following(void)
{
	/* Unlocks that are still on their way leave nothing open either. */
	queue_void_unlocks(NULL);
	ticket_drop_all();
	follower_end();
}

int main(int argc, char **argv)
{
	sd_event *loop = NULL;
	int result = answer_arguments(argc, argv);

	if (result >= 0)
		return result;
	umask(0077);
	if (geteuid()) {
		log_error("keybagd has to be started by root");
		return 1;
	}
	raise_limits(DESCRIPTORS);
	protect_memory();
	if (chdir("/") < 0 || loop_open(&loop, reload) < 0)
		return 1;
	audit_start();
	if (start(loop) < 0)
		return 1;
	sd_notify(0, "READY=1");
	result = sd_event_loop(loop);
	sd_notify(0, "STOPPING=1");
	/* Nobody is left to lock when users leave, unless another keybagd starts in a moment. */
	if (!result)
		end_following();
	/* Nothing is cut off: what a worker holds is wiped by the worker. */
	queue_stop();
	worker_finish_all();
	ticket_drop_all();
	connection_close_all();
	logind_close();
	event_repeat_close();
	audit_stop();
	log_notice("ends");
	if (result == LOOP_HANDS_OVER)
		return 0;
	return result < 0 ? 1 : result;
}
