// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind_bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "daemon/log.h"
#include "logind.h"
#include "logind_properties.h"
#include "logind_sleep.h"
#include "session.h"

#define BUS_ADDRESS	"unix:path=/run/dbus/system_bus_socket"
#define BUS_NAME	"org.freedesktop.DBus"
#define AGAIN_US	1000000ULL

static sd_event *event_loop;
static sd_event_source *again;
static sd_bus *bus;
static unsigned int questions;	/* whose answers are awaited */

/* Id of the session a message of logind is about, or NULL; to be freed. */
static char *session_id(const char *path)
{
	char *id = NULL;

	return path && sd_bus_path_decode(path, LOGIND_SESSION_FOLDER, &id) > 0 ? id : NULL;
}

void logind_bus_call(sd_bus_message *message, sd_bus_message_handler_t answer, char *context)
{
	int result = sd_bus_message_set_auto_start(message, false);

	if (result >= 0)
		result = sd_bus_call_async(sd_bus_message_get_bus(message), NULL, message, answer,
					   context, 0);
	if (result < 0) {
		free(context);
		log_warning("logind cannot be asked: %s", strerror(-result));
	}
}

void logind_bus_get_all(const char *id, sd_bus_message_handler_t answer)
{
	CLEANUP(logind_message_unref) sd_bus_message *message = NULL;
	CLEANUP_FREE char *path = NULL;
	char *context;

	if (!bus || sd_bus_path_encode(LOGIND_SESSION_FOLDER, id, &path) < 0 ||
	    sd_bus_message_new_method_call(bus, &message, LOGIND_NAME, path,
					   "org.freedesktop.DBus.Properties", "GetAll") < 0 ||
	    sd_bus_message_append(message, "s", LOGIND_SESSION) < 0)
		return;
	context = strdup(id);
	if (context)
		logind_bus_call(message, answer, context);
}

static void answered(void)
{
	if (questions && !--questions)
		logind_settled();
}

static int on_locked_answer(sd_bus_message *message, void *context, sd_bus_error *error)
{
	CLEANUP_FREE char *id = context;
	struct session *session = session_find(id);
	struct logind_properties properties;

	(void)error;
	if (!sd_bus_message_is_method_error(message, NULL) && session && !session->locked &&
	    logind_properties_read(message, &properties) >= 0 && properties.locked > 0)
		session_screen_locked(session);
	answered();
	return 0;
}

void logind_bus_ask_locked(const char *id)
{
	if (!bus || sd_bus_is_ready(bus) <= 0)
		return;
	questions++;
	logind_bus_get_all(id, on_locked_answer);
}

static struct session *session_of(sd_bus_message *message)
{
	CLEANUP_FREE char *id = session_id(sd_bus_message_get_path(message));
	struct session *session;

	if (!id)
		return NULL;
	session = session_find(id);
	if (!session) {
		logind_scan();
		session = session_find(id);
	}
	return session;
}

static int on_lock(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct session *session = session_of(message);

	(void)context;
	(void)error;
	if (session)
		session_screen_locked(session);
	return 0;
}

static int on_properties(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct logind_properties properties;
	struct session *session;

	(void)context;
	(void)error;
	if (sd_bus_message_skip(message, "s") < 0 ||
	    logind_properties_read(message, &properties) < 0 || properties.locked < 0)
		return 0;
	session = session_of(message);
	if (session && properties.locked)
		session_screen_locked(session);
	else if (session)
		session->locked = false;
	return 0;
}

/* What has happened while the bus or logind was away; marks are only added, see session.h. */
static void catch_up(void)
{
	struct session *session;

	logind_scan();
	/* Held until all are asked, so that no answer is the last one too early. */
	questions++;
	for (session = session_first(); session; session = session->next)
		if (session->seat)
			logind_bus_ask_locked(session->id);
	answered();
	logind_sleep_delay(bus);
}

static int on_owner(sd_bus_message *message, void *context, sd_bus_error *error)
{
	const char *name, *old, *new;

	(void)context;
	(void)error;
	if (sd_bus_message_read(message, "sss", &name, &old, &new) >= 0 && *new)
		catch_up();
	return 0;
}

static int on_connected(sd_bus_message *message, void *context, sd_bus_error *error)
{
	(void)message;
	(void)context;
	(void)error;
	catch_up();
	return 0;
}

static void disconnect(void)
{
	sd_bus_detach_event(bus);
	sd_bus_close(bus);
	sd_bus_unref(bus);
	bus = NULL;
	questions = 0;
}

static int on_disconnected(sd_bus_message *message, void *context, sd_bus_error *error)
{
	(void)message;
	(void)context;
	(void)error;
	log_warning("the system bus is gone: screen locks are not followed until it is back");
	sd_event_source_set_time_relative(again, AGAIN_US);
	sd_event_source_set_enabled(again, SD_EVENT_ONESHOT);
	return 0;
}

static int add_matches(void)
{
	static const struct {
		const char *sender, *path, *interface, *member;
		sd_bus_message_handler_t handler;
	} signals[] = {
		{ LOGIND_NAME, LOGIND_OBJECT, LOGIND_MANAGER, "PrepareForSleep", logind_sleep_signal },
		{ LOGIND_NAME, NULL, LOGIND_SESSION, "Lock", on_lock },
		{ BUS_NAME ".Local", NULL, BUS_NAME ".Local", "Connected", on_connected },
		{ BUS_NAME ".Local", NULL, BUS_NAME ".Local", "Disconnected", on_disconnected },
	};
	int result = 0;
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]) && result >= 0; i++)
		result = sd_bus_match_signal_async(bus, NULL, signals[i].sender, signals[i].path,
						   signals[i].interface, signals[i].member,
						   signals[i].handler, NULL, NULL);
	if (result >= 0)
		result = sd_bus_add_match_async(bus, NULL,
				"type='signal',sender='" LOGIND_NAME "',"
				"interface='org.freedesktop.DBus.Properties',"
				"member='PropertiesChanged',arg0='" LOGIND_SESSION "'",
				on_properties, NULL, NULL);
	if (result >= 0)
		result = sd_bus_add_match_async(bus, NULL,
				"type='signal',sender='" BUS_NAME "',interface='" BUS_NAME "',"
				"member='NameOwnerChanged',arg0='" LOGIND_NAME "'",
				on_owner, NULL, NULL);
	return result;
}

static int connect_bus(void)
{
	int result = sd_bus_new(&bus);

	if (result >= 0)
		result = sd_bus_set_address(bus, BUS_ADDRESS);
	if (result >= 0)
		result = sd_bus_set_bus_client(bus, true);
	if (result >= 0)
		result = sd_bus_set_connected_signal(bus, true);
	if (result >= 0)
		result = sd_bus_set_watch_bind(bus, true);
	if (result >= 0)
		result = sd_bus_start(bus);
	if (result >= 0)
		result = add_matches();
	if (result >= 0)
		result = sd_bus_attach_event(bus, event_loop, SD_EVENT_PRIORITY_NORMAL);
	if (result < 0 && bus)
		disconnect();
	return result;
}

static int on_again(sd_event_source *source, uint64_t time, void *context)
{
	int result;

	(void)time;
	(void)context;
	if (bus)
		disconnect();
	result = connect_bus();
	if (result < 0) {
		log_warning("no connection to the system bus: %s", strerror(-result));
		sd_event_source_set_time_relative(source, AGAIN_US);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	}
	return 0;
}

int logind_bus_open(sd_event *loop)
{
	int result;

	event_loop = loop;
	result = sd_event_add_time_relative(loop, &again, CLOCK_MONOTONIC, 0, 0, on_again, NULL);
	return result < 0 ? result : 0;
}

void logind_bus_close(void)
{
	logind_sleep_let();
	if (bus)
		disconnect();
}
