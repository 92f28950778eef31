// SPDX-License-Identifier: GPL-2.0-or-later
#include "screen.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>

#include "common/cleanup.h"

#define LOGIND		"org.freedesktop.login1"
#define SESSION		"org.freedesktop.login1.Session"
#define SESSION_FOLDER	"/org/freedesktop/login1/session"
#define ANSWER_US	2000000ULL

static sd_bus *bus;
static void (*on_change)(void);

static int on_properties(sd_bus_message *message, void *context, sd_bus_error *error)
{
	(void)message;
	(void)context;
	(void)error;
	on_change();
	return 0;
}

void screen_watch(sd_event *loop, void (*changed)(void))
{
	on_change = changed;
	if (sd_bus_open_system(&bus) < 0)
		return;
	sd_bus_set_method_call_timeout(bus, ANSWER_US);
	if (sd_bus_add_match(bus, NULL, "type='signal',sender='" LOGIND "',"
			     "interface='org.freedesktop.DBus.Properties',"
			     "member='PropertiesChanged',arg0='" SESSION "'",
			     on_properties, NULL) < 0 ||
	    sd_bus_attach_event(bus, loop, SD_EVENT_PRIORITY_NORMAL) < 0) {
		sd_bus_unref(bus);
		bus = NULL;
	}
}

bool screen_is_locked(uid_t uid)
{
	CLEANUP_FREE char *id = NULL;
	CLEANUP_FREE char *path = NULL;
	int locked = 0;

	if (!bus || sd_uid_get_display(uid, &id) < 0 ||
	    sd_bus_path_encode(SESSION_FOLDER, id, &path) < 0)
		return false;
	return sd_bus_get_property_trivial(bus, LOGIND, path, SESSION, "LockedHint", NULL, 'b',
					   &locked) >= 0 && locked;
}
