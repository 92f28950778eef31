// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "bag.h"
#include "common/cleanup.h"
#include "daemon/log.h"
#include "logind_bus.h"
#include "session.h"
#include "session_idle.h"
#include "session_lock.h"

/* Until logind has made its folder; and how often sessions are looked at when many come and go. */
#define RETRY_US	1000000ULL
#define SCAN_US		100000ULL
/* After this a start counts as complete, whatever the bus has not told. */
#define SETTLE_US	10000000ULL

static sd_event *event_loop;
static sd_login_monitor *monitor;
static sd_event_source *source;
static bool settled;

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
		session_came(uid);
		if (session->seat)
			logind_bus_ask_locked(id);
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

void logind_scan(void)
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
		session_end(session);
}

static int on_change(sd_event_source *changed, int fd, uint32_t events, void *context)
{
	(void)changed;
	(void)fd;
	(void)events;
	(void)context;
	sd_login_monitor_flush(monitor);
	logind_scan();
	return 0;
}

static int follow(void)
{
	int result = sd_login_monitor_new("session", &monitor);

	if (result < 0)
		return result;
	result = sd_event_add_io(event_loop, &source, sd_login_monitor_get_fd(monitor),
				 (uint32_t)sd_login_monitor_get_events(monitor), on_change, NULL);
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

bool logind_follows(void)
{
	return monitor;
}

void logind_settled(void)
{
	struct bag *bag, *next;

	if (settled)
		return;
	settled = true;
	for (bag = bag_first(); bag; bag = next) {
		next = bag->next;
		if (!bag->loaded || bag->type != KEYBAG_TYPE_USER)
			continue;
		if (session_any(bag->owner) || !session_await_again(bag))
			session_judge(bag->owner);
	}
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
	logind_settled();
	return 0;
}

static int begin(void)
{
	int result = follow();

	if (result >= 0)
		result = sd_event_add_time_relative(event_loop, NULL, CLOCK_MONOTONIC, SETTLE_US,
						    0, on_settle, NULL);
	if (result >= 0)
		result = logind_bus_open(event_loop);
	if (result >= 0)
		result = session_idle_open(event_loop);
	return result;
}

static int on_retry(sd_event_source *timer, uint64_t time, void *context)
{
	int result;

	(void)time;
	(void)context;
	if (!logind_present()) {
		sd_event_source_set_time_relative(timer, RETRY_US);
		return sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
	}
	result = begin();
	if (result < 0)
		log_error("sessions are not followed: %s", strerror(-result));
	return 0;
}

int logind_open(sd_event *loop)
{
	event_loop = loop;
	session_lock_open_loop(loop);
	if (sd_booted() <= 0)
		return 0;
	if (logind_present())
		return begin();
	return sd_event_add_time_relative(loop, NULL, CLOCK_MONOTONIC, RETRY_US, 0, on_retry,
					  NULL);
}

void logind_close(void)
{
	logind_bus_close();
}

struct session *logind_session_of(pid_t pid)
{
	CLEANUP_FREE char *id = NULL;

	return sd_pid_get_session(pid, &id) < 0 ? NULL : session_find(id);
}
