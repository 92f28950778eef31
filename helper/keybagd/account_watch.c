// SPDX-License-Identifier: GPL-2.0-or-later
#include "account_watch.h"

#include <string.h>
#include <sys/inotify.h>

#include "load.h"

static int on_change(sd_event_source *source, const struct inotify_event *event, void *context)
{
	(void)source;
	(void)context;
	/* Without a name: changes were lost. */
	if (!event->len || !strcmp(event->name, "passwd"))
		load_check_owners();
	return 0;
}

/* The folder: the file is replaced by another one of its name. */
int account_watch_open(sd_event *loop)
{
	int result = sd_event_add_inotify(loop, NULL, "/etc", IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR,
					  on_change, NULL);

	return result < 0 ? result : 0;
}
