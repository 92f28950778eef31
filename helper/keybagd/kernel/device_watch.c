// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_watch.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>

#include "daemon/log.h"
#include "device_ioctl.h"

#define FOLDER	"/dev"
#define NAME	"keybag"

static int (*open_device)(struct request_result *ret_result);

static int device_watch_on_change(sd_event_source *source, const struct inotify_event *event, void *context)
{
	struct request_result failure = { 0 };
	int result;

	(void)context;
	if (!device_ioctl_is_open()) {
		if (!event->len || strcmp(event->name, NAME) != 0)
			return 0;
		result = open_device(&failure);
		if (result == -EPERM || result == -EACCES) {
			log_notice(FOLDER "/" NAME " has come after the start: starting again, to be let at it");
			return sd_event_exit(sd_event_source_get_event(source), DEVICE_WATCH_EXIT);
		}
		if (result < 0) {
			log_error("%s", failure.text);
			return 0;
		}
	}
	/* From now on this process holds it open, and it cannot go. */
	sd_event_source_disable_unref(source);
	return 0;
}

int device_watch_open(sd_event *loop, int (*open_module)(struct request_result *ret_result))
{
	sd_event_source *source;
	int result;

	if (device_ioctl_is_open())
		return 0;
	open_device = open_module;
	result = sd_event_add_inotify(loop, &source, FOLDER, IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR,
				      device_watch_on_change, NULL);
	/* Before the requests that are waiting: they would be told that the device cannot be opened. */
	return result < 0 ? result : sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
}
