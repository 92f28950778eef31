// SPDX-License-Identifier: GPL-2.0-or-later
#include "logout.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"
#include "login.h"

static sd_login_monitor *monitor;
static sd_event_source *readable;
static void (*on_end)(void);
static void (*on_change)(const char *login);
static bool logged_in = true;
static char login[LOGIN_SIZE];	/* as it was last; "": not known */

/* A user whose session is being opened is not logged out; neither is one that logind does not know at all. */
static bool is_logged_out(void)
{
	CLEANUP_FREE char *state = NULL;

	return sd_uid_get_state(geteuid(), &state) >= 0 && (!strcmp(state, "closing") || !strcmp(state, "lingering"));
}

static void note_change(const char *now)
{
	if (!strcmp(login, now))
		return;
	strcpy(login, now);
	if (on_change)
		on_change(login);
}

/* A session that begins or ends while others go on is of the same login. */
static void look(void)
{
	bool before = logged_in;
	char now[LOGIN_SIZE];

	logged_in = !is_logged_out();
	login_read(now);
	if (before && (!logged_in || (*login && *now && !login_is_same(login, now))))
		on_end();
	if (!logged_in)
		*now = 0;
	/* Between two sessions that are being opened there may be none. */
	if (!logged_in || *now)
		note_change(now);
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *context)
{
	(void)source;
	(void)fd;
	(void)events;
	(void)context;
	sd_login_monitor_flush(monitor);
	look();
	return 0;
}

bool logout_follow(sd_event *loop, void (*ended)(void), void (*changed)(const char *login))
{
	int result = sd_login_monitor_new("uid", &monitor);
	char now[LOGIN_SIZE];

	on_end = ended;
	on_change = changed;
	if (result >= 0)
		result = sd_event_add_io(loop, &readable, sd_login_monitor_get_fd(monitor), EPOLLIN, on_readable, NULL);
	/* Without logind there is no folder to watch. */
	if (result < 0 && result != -ENOENT)
		log_warning("logins cannot be followed, and what is to go with this one stays when it ends: %s", strerrordesc_np(-result));
	logged_in = !is_logged_out();
	login_read(now);
	if (logged_in)
		note_change(now);
	return logged_in;
}

void logout_end(void)
{
	readable = sd_event_source_disable_unref(readable);
	monitor = sd_login_monitor_unref(monitor);
}
