// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "carry_out.h"
#include "common/cleanup.h"
#include "daemon/log.h"
#include "logind_await.h"
#include "logind_bus.h"
#include "logind_idle.h"
#include "logind_look.h"
#include "logind_sleep.h"
#include "session_note.h"

/* Until logind has made its folder; and how often sessions are looked at when many come and go. */
#define RETRY_US	1000000ULL
#define SCAN_US		100000ULL
/* After this a start counts as complete, whatever the bus has not told. */
#define SETTLE_US	10000000ULL

static sd_event *event_loop;
static sd_login_monitor *monitor;
static sd_event_source *source;
static bool settled;
static unsigned int questions;	/* whose answers are awaited */
static const struct logind_actions *actions;

static bool is_user_class(const char *id)
{
	CLEANUP_FREE char *class = NULL;

	/* Before version 256 there is "user" alone, since then "user-early" and others as well. */
	return sd_session_get_class(id, &class) >= 0 && !strncmp(class, "user", 4) &&
	       (!class[4] || class[4] == '-');
}

static bool has_ended(const char *id)
{
	CLEANUP_FREE char *state = NULL;

	return sd_session_get_state(id, &state) < 0 || !strcmp(state, "closing");
}

static bool is_graphical(const char *id)
{
	CLEANUP_FREE char *type = NULL;

	return sd_session_get_type(id, &type) >= 0 &&
	       (!strcmp(type, "x11") || !strcmp(type, "wayland") || !strcmp(type, "mir"));
}

static bool is_at_seat(const char *id)
{
	CLEANUP_FREE char *seat = NULL;

	return sd_session_get_seat(id, &seat) >= 0 && sd_session_is_remote(id) <= 0;
}

static void judge_missed(uid_t uid, uint64_t login_ns)
{
	if (session_any(uid) || (!logind_await_again(uid, login_ns) && session_note_had(uid)))
		carry_out(auto_lock_missed(uid));
}

/* Makes good, once, what was missed while the daemon did not run: all there is to know about sessions is known. */
static void logind_settle(void)
{
	if (settled)
		return;
	settled = true;
	actions->each_loaded(judge_missed);
}

static void logind_answered(void)
{
	if (questions && !--questions)
		logind_settle();
}

static void on_locked_answer(const char *id, const struct logind_properties *properties)
{
	struct session *session = session_find(id);

	if (properties && session && properties->locked > 0) {
		session->hinted = true;
		if (!session->locked)
			carry_out(auto_lock_screen_locked(session));
	}
	logind_answered();
}

/* Some time after its locker has opened the keybag. */
static void on_look_answer(const char *id, const struct logind_properties *properties)
{
	struct session *session = session_find(id);

	if (!properties || !session)
		return;
	if (properties->locked > 0) {
		session->hinted = true;
		carry_out(auto_lock_screen_locked(session));
	} else if (session->hinted) {
		/* It was told while the bus was away. */
		session_hint_cleared(session);
	}
}

/* Asks whether a session is locked, to learn of it if it is. */
static void ask_locked(const char *id)
{
	/* All are asked about when the owner of the name is known. */
	if (!logind_bus_is_ready())
		return;
	questions++;
	logind_bus_get_all(id, on_locked_answer);
}

static void look_at(const char *id)
{
	struct session *session = session_find(id);
	uid_t uid;

	if (!session) {
		if (!is_user_class(id) || has_ended(id) || sd_session_get_uid(id, &uid) < 0)
			return;
		session = session_add(id, uid, is_at_seat(id), is_graphical(id));
		if (!session) {
			log_error("session %s cannot be followed: out of memory", id);
			return;
		}
		carry_out(auto_lock_session_came(uid));
		session_note_keep(uid);
		if (session->seat || session->graphical)
			ask_locked(id);
	} else if (has_ended(id)) {
		return;
	}
	session->found = true;
	/* A compositor that is started on a terminal says so later. */
	if (session->seat && !session->graphical)
		session->graphical = is_graphical(id);
}

static struct session *first_not_found(void)
{
	struct session *session = session_first();

	while (session && session->found)
		session = session->next;
	return session;
}

static void logind_scan(void)
{
	struct session *session;
	char **ids = NULL;
	int i, count;

	count = sd_get_sessions(&ids);
	if (count < 0) {
		log_error("sessions cannot be listed: %s", strerror(-count));
		return;
	}
	for (session = session_first(); session; session = session->next)
		session->found = false;
	for (i = 0; i < count; i++) {
		look_at(ids[i]);
		free(ids[i]);
	}
	free(ids);
	/* Those that came are known before those that went are judged. */
	while ((session = first_not_found()))
		carry_out(auto_lock_session_ended(session));
}

static int logind_on_change(sd_event_source *changed, int fd, uint32_t events, void *context)
{
	(void)changed;
	(void)fd;
	(void)events;
	(void)context;
	sd_login_monitor_flush(monitor);
	logind_scan();
	return 0;
}

static int logind_follow(void)
{
	int result = sd_login_monitor_new("session", &monitor);

	if (result < 0)
		return result;
	result = sd_event_add_io(event_loop, &source, sd_login_monitor_get_fd(monitor),
				 (uint32_t)sd_login_monitor_get_events(monitor), logind_on_change, NULL);
	if (result >= 0)
		result = sd_event_source_set_ratelimit(source, SCAN_US, 1);
	if (result < 0) {
		sd_login_monitor_unref(monitor);
		monitor = NULL;
		return result;
	}
	logind_scan();
	return 0;
}

/* One that is not known yet may have just come. */
static struct session *find_session(const char *id)
{
	struct session *session = session_find(id);

	if (session)
		return session;
	logind_scan();
	return session_find(id);
}

static void logind_on_lock(const char *id)
{
	struct session *session = find_session(id);

	if (session)
		carry_out(auto_lock_screen_locked(session));
}

static void logind_on_unlock(const char *id)
{
	struct session *session = find_session(id);

	if (session)
		session->locked = false;
}

static void logind_on_properties(const char *id, const struct logind_properties *properties)
{
	struct session *session;

	if (properties->locked < 0)
		return;
	session = find_session(id);
	if (!session)
		return;
	if (!properties->locked) {
		session_hint_cleared(session);
		return;
	}
	session->hinted = true;
	carry_out(auto_lock_screen_locked(session));
}

/* Makes good what was missed while the bus or logind was away; marks are only added, see session.h. */
static void catch_up(void)
{
	struct session *session;

	/* A new one that took over from the one before does not know what that one has told. */
	logind_sleep_forget();
	logind_scan();
	/* Held until all are asked, so that no answer is the last one too early. */
	questions++;
	for (session = session_first(); session; session = session->next)
		if (session->seat || session->graphical)
			ask_locked(session->id);
	logind_answered();
	logind_sleep_delay();
}

static void on_bus_gone(void)
{
	questions = 0;
	logind_sleep_forget();
}

static bool logind_present(void)
{
	return access("/run/systemd/sessions", F_OK) == 0;
}

static int on_settle(sd_event_source *timer, uint64_t time, void *context)
{
	(void)timer;
	(void)time;
	(void)context;
	logind_settle();
	return 0;
}

static int logind_begin(void)
{
	static const struct logind_bus_listener listener = {
		.appeared = catch_up,
		.vanished = logind_sleep_forget,
		.disconnected = on_bus_gone,
		.lock = logind_on_lock,
		.unlock = logind_on_unlock,
		.changed = logind_on_properties,
		.sleep = logind_sleep_changed,
	};
	int result = logind_follow();

	if (result >= 0)
		result = sd_event_add_time_relative(event_loop, NULL, CLOCK_MONOTONIC, SETTLE_US,
						    0, on_settle, NULL);
	if (result >= 0)
		result = logind_bus_open(event_loop, &listener);
	if (result >= 0)
		result = logind_idle_open(event_loop, actions->open_since, actions->lock_after);
	return result;
}

static int logind_on_retry(sd_event_source *timer, uint64_t time, void *context)
{
	int result;

	(void)time;
	(void)context;
	if (!logind_present()) {
		sd_event_source_set_time_relative(timer, RETRY_US);
		return sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
	}
	result = logind_begin();
	if (result < 0)
		log_error("sessions are not followed: %s", strerror(-result));
	return 0;
}

int logind_open(sd_event *loop, const struct logind_actions *given)
{
	int result;

	event_loop = loop;
	actions = given;
	carry_out_open(actions->lock);
	logind_await_open(loop);
	logind_look_open(loop, on_look_answer);
	result = logind_sleep_open(loop, actions->lock_all, actions->when_quiet);
	if (result < 0)
		return result;
	if (sd_booted() <= 0)
		return 0;
	session_note_open();
	if (logind_present())
		return logind_begin();
	return sd_event_add_time_relative(loop, NULL, CLOCK_MONOTONIC, RETRY_US, 0, logind_on_retry,
					  NULL);
}

void logind_close(void)
{
	logind_sleep_let();
	logind_bus_close();
}

void logind_await_login(uid_t uid)
{
	if (monitor)
		logind_await(uid);
}

struct session *logind_session_of(pid_t pid)
{
	CLEANUP_FREE char *id = NULL;

	return sd_pid_get_session(pid, &id) < 0 ? NULL : session_find(id);
}

void logind_screen_opened(uid_t uid, struct session *session)
{
	session = session_screen_opened(uid, session);
	if (session)
		logind_look_later(session);
}

/* Whether the process has a controlling terminal; of one that cannot be looked at, too. */
static bool has_terminal(pid_t pid)
{
	char path[32], line[512];
	const char *end;
	int terminal = 1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return true;
	/* Behind its name, which may have anything in it. */
	end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	if (!end || sscanf(end + 1, " %*c %*d %*d %*d %d", &terminal) != 1)
		terminal = 1;
	fclose(file);
	return terminal;
}

bool logind_screen_of(pid_t pid, struct session **ret_session)
{
	CLEANUP_FREE char *id = NULL;
	int result = sd_pid_get_session(pid, &id);

	*ret_session = result < 0 ? NULL : session_find(id);
	return *ret_session || (result == -ENODATA && !has_terminal(pid));
}
