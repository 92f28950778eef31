// SPDX-License-Identifier: GPL-2.0-or-later
#include "screen.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>

#include "common/cleanup.h"
#include "daemon/name_owner.h"
#include "daemon/system_bus.h"

#define LOGIND		"org.freedesktop.login1"
#define SESSION		"org.freedesktop.login1.Session"
#define SESSION_FOLDER	"/org/freedesktop/login1/session"
#define ANSWER_US	2000000ULL

#define AGAIN_US	1000000ULL

static sd_event *event_loop;
static sd_event_source *again;
static sd_bus *bus;
static void (*on_change)(void);
static void owner_changed(void);
static struct name_owner logind = { .name = LOGIND, .changed = owner_changed };

static int on_properties(sd_bus_message *message, void *context, sd_bus_error *error)
{
	(void)context;
	(void)error;
	if (name_owner_sent(&logind, message))
		on_change();
	return 0;
}

static void owner_changed(void)
{
	on_change();
}

static int on_lost(sd_bus_message *message, void *context, sd_bus_error *error)
{
	(void)context;
	(void)error;
	if (!bus_message_is_from(message, BUS_LOCAL))
		return 0;
	sd_event_source_set_time_relative(again, AGAIN_US);
	sd_event_source_set_enabled(again, SD_EVENT_ONESHOT);
	return 0;
}

static void disconnect(void)
{
	if (bus)
		sd_bus_detach_event(bus);
	bus = sd_bus_close_unref(bus);
}

static bool connect_bus(void)
{
	if (system_bus_new(false, &bus) < 0)
		return false;
	sd_bus_set_method_call_timeout(bus, ANSWER_US);
	if (sd_bus_start(bus) >= 0 && name_owner_follow(&logind, bus, true) >= 0 &&
	    sd_bus_add_match(bus, NULL, "type='signal',sender='" LOGIND "',"
			     "interface='org.freedesktop.DBus.Properties',"
			     "member='PropertiesChanged',arg0='" SESSION "'",
			     on_properties, NULL) >= 0 &&
	    sd_bus_match_signal(bus, NULL, BUS_LOCAL, NULL, BUS_LOCAL, "Disconnected", on_lost,
				NULL) >= 0 &&
	    sd_bus_attach_event(bus, event_loop, SD_EVENT_PRIORITY_NORMAL) >= 0)
		return true;
	disconnect();
	return false;
}

/* The bus was started anew; what was said meanwhile is asked for. */
static int on_again(sd_event_source *source, uint64_t time, void *context)
{
	(void)time;
	(void)context;
	disconnect();
	if (!connect_bus()) {
		sd_event_source_set_time_relative(source, AGAIN_US);
		return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	}
	on_change();
	return 0;
}

void screen_watch(sd_event *loop, void (*changed)(void))
{
	event_loop = loop;
	on_change = changed;
	if (sd_event_add_time_relative(loop, &again, CLOCK_MONOTONIC, 0, 0, on_again, NULL) >= 0 &&
	    sd_event_source_set_enabled(again, SD_EVENT_OFF) >= 0)
		connect_bus();
}

bool screen_is_locked(uid_t uid)
{
	CLEANUP(bus_message_unref) sd_bus_message *answer = NULL;
	CLEANUP_FREE char *id = NULL;
	CLEANUP_FREE char *path = NULL;
	int locked = 0;

	if (!bus || sd_uid_get_display(uid, &id) < 0 ||
	    sd_bus_path_encode(SESSION_FOLDER, id, &path) < 0)
		return false;
	return sd_bus_get_property(bus, LOGIND, path, SESSION, "LockedHint", NULL, &answer, "b") >= 0 &&
	       name_owner_sent(&logind, answer) && sd_bus_message_read(answer, "b", &locked) >= 0 &&
	       locked;
}
