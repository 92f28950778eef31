// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Logins that end and change, as the service is told of them. logind is this test: libsystemd's questions to it are answered here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "helper/userservice/login.h"
#include "helper/userservice/logout.h"
#include "tests/unit/lib/tap.h"

static const char *user_state, *user_sessions;
static int events;
static int ended, changed;
static char told[LOGIN_SIZE];

/* ---- logind ---- */

int sd_login_monitor_new(const char *category, sd_login_monitor **ret)
{
	(void)category;
	*ret = NULL;
	return 0;
}

int sd_login_monitor_get_fd(sd_login_monitor *m)
{
	(void)m;
	return events;
}

int sd_login_monitor_flush(sd_login_monitor *m)
{
	uint64_t count;

	(void)m;
	return read(events, &count, sizeof(count)) == sizeof(count) ? 0 : -errno;
}

sd_login_monitor *sd_login_monitor_unref(sd_login_monitor *m)
{
	(void)m;
	return NULL;
}

int sd_uid_get_state(uid_t uid, char **state)
{
	(void)uid;
	*state = strdup(user_state);
	return 0;
}

/* Each has a name of one letter. */
int sd_uid_get_sessions(uid_t uid, int require_active, char ***sessions)
{
	size_t count = strlen(user_sessions);

	(void)uid;
	(void)require_active;
	*sessions = calloc(count + 1, sizeof(**sessions));
	for (size_t at = 0; at < count; at++)
		(*sessions)[at] = strndup(user_sessions + at, 1);
	return (int)count;
}

int sd_session_get_state(const char *session, char **state)
{
	(void)session;
	(void)state;
	return -ENXIO;
}

int sd_session_get_class(const char *session, char **session_class)
{
	(void)session;
	(void)session_class;
	return -ENXIO;
}

/* ---- tests ---- */

static void on_end(void)
{
	ended++;
}

static void on_change(const char *login)
{
	changed++;
	strcpy(told, login);
}

/* Something has happened, and these sessions are there; whether the login has ended so often, and was told as changed so often. */
static bool tells(sd_event *loop, const char *state, const char *sessions, int ends, int changes)
{
	uint64_t one = 1;

	user_state = state;
	user_sessions = sessions;
	ended = changed = 0;
	return write(events, &one, sizeof(one)) == sizeof(one) && sd_event_run(loop, 0) >= 0 && ended == ends && changed == changes;
}

int main(void)
{
	sd_event *loop;

	events = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (events < 0 || sd_event_new(&loop) < 0)
		return 1;
	tap_start();
	user_state = "active";
	user_sessions = "1";
	check(logout_follow(loop, on_end, on_change) && !ended && changed == 1 && !strcmp(told, "1"));
	tap_test("a login is told when it begins to be followed");
	check(tells(loop, "active", "1", 0, 0) && tells(loop, "online", "1", 0, 0));
	tap_test("nothing is told where nothing has changed");
	check(tells(loop, "active", "12", 0, 1) && !strcmp(told, "1 2"));
	check(tells(loop, "active", "2", 0, 1) && tells(loop, "active", "", 0, 0));
	tap_test("other sessions of one login are told, once");
	check(tells(loop, "active", "3", 1, 1) && !strcmp(told, "3"));
	check(tells(loop, "closing", "3", 1, 1) && !*told);
	check(tells(loop, "closing", "3", 0, 0) && tells(loop, "lingering", "", 0, 0));
	check(tells(loop, "active", "4", 0, 1) && !strcmp(told, "4"));
	tap_test("a login ends once, and the next one is another");
	logout_end();
	sd_event_unref(loop);
	close(events);
	return tap_end();
}
