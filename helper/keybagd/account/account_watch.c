// SPDX-License-Identifier: GPL-2.0-or-later
#include "account_watch.h"

#include <string.h>
#include <sys/inotify.h>

static void (*accounts_changed)(void);

static int account_watch_on_change(sd_event_source *source, const struct inotify_event *event, void *context)
{
	(void)source;
	(void)context;
	/* Without a name: changes were lost. */
	if (!event->len || !strcmp(event->name, "passwd"))
		accounts_changed();
	return 0;
}

/* The folder: the file is replaced by another one of its name. */
int account_watch_open(sd_event *loop, void (*changed)(void))
{
	int result;

	accounts_changed = changed;
	result = sd_event_add_inotify(loop, NULL, "/etc", IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR,
				      account_watch_on_change, NULL);
	return result < 0 ? result : 0;
}
