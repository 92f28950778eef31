// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind_bus.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "daemon/log.h"
#include "daemon/name_owner.h"
#include "daemon/system_bus.h"

#define AGAIN_US	1000000ULL

static sd_event *event_loop;
static sd_event_source *again;
static sd_bus *bus;
static const struct logind_bus_listener *listener;

static void on_owner(void);
static void on_no_owner(void);

static struct name_owner logind = { .name = LOGIND_NAME, .changed = on_owner, .vanished = on_no_owner };

static void on_owner(void)
{
	listener->appeared();
}

static void on_no_owner(void)
{
	listener->vanished();
}

bool logind_bus_is_ready(void)
{
	return bus && sd_bus_is_ready(bus) > 0 && logind.owner[0];
}

const char *logind_bus_owner(void)
{
	return logind_bus_is_ready() ? logind.owner : NULL;
}

static bool logind_bus_sent(sd_bus_message *message)
{
	return name_owner_sent(&logind, message);
}

/* Id of the session a message of logind is about, or NULL; to be freed. */
static char *session_id(const char *path)
{
	char *id = NULL;

	return path && sd_bus_path_decode(path, LOGIND_SESSION_FOLDER, &id) > 0 ? id : NULL;
}

/* Does not start it. @context goes to @answer, or is freed if it fails. */
static void call_logind(sd_bus_message *message, sd_bus_message_handler_t answer, void *context)
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

/* The session @id is asked for its properties. */
struct question {
	logind_bus_answer_t answer;
	char id[];
};

static int on_answer(sd_bus_message *message, void *context, sd_bus_error *error)
{
	CLEANUP_FREE struct question *question = context;
	struct logind_properties properties;
	bool told = logind_bus_sent(message) && !sd_bus_message_is_method_error(message, NULL) &&
		    logind_properties_read(message, &properties) >= 0;

	(void)error;
	question->answer(question->id, told ? &properties : NULL);
	return 0;
}

void logind_bus_get_all(const char *id, logind_bus_answer_t answer)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	CLEANUP_FREE char *path = NULL;
	struct question *question;

	if (!bus || sd_bus_path_encode(LOGIND_SESSION_FOLDER, id, &path) < 0 ||
	    sd_bus_message_new_method_call(bus, &message, LOGIND_NAME, path,
					   "org.freedesktop.DBus.Properties", "GetAll") < 0 ||
	    sd_bus_message_append(message, "s", LOGIND_SESSION) < 0)
		return;
	question = malloc(sizeof(*question) + strlen(id) + 1);
	if (!question)
		return;
	question->answer = answer;
	strcpy(question->id, id);
	call_logind(message, on_answer, question);
}

static int logind_bus_on_lock(sd_bus_message *message, void *context, sd_bus_error *error)
{
	CLEANUP_FREE char *id = session_id(sd_bus_message_get_path(message));

	(void)context;
	(void)error;
	if (id)
		listener->lock(id);
	return 0;
}

static int logind_bus_on_unlock(sd_bus_message *message, void *context, sd_bus_error *error)
{
	CLEANUP_FREE char *id = session_id(sd_bus_message_get_path(message));

	(void)context;
	(void)error;
	if (id)
		listener->unlock(id);
	return 0;
}

static int logind_bus_on_properties(sd_bus_message *message, void *context, sd_bus_error *error)
{
	CLEANUP_FREE char *id = session_id(sd_bus_message_get_path(message));
	struct logind_properties properties;

	(void)context;
	(void)error;
	if (id && sd_bus_message_skip(message, "s") >= 0 &&
	    logind_properties_read(message, &properties) >= 0)
		listener->changed(id, &properties);
	return 0;
}

static int logind_bus_on_sleep(sd_bus_message *message, void *context, sd_bus_error *error)
{
	int begins;

	(void)context;
	(void)error;
	if (sd_bus_message_read(message, "b", &begins) >= 0)
		listener->sleep(begins);
	return 0;
}

static void logind_bus_disconnect(void)
{
	sd_bus_detach_event(bus);
	sd_bus_close(bus);
	sd_bus_unref(bus);
	bus = NULL;
	listener->disconnected();
}

static int on_disconnected(sd_bus_message *message, void *context, sd_bus_error *error)
{
	(void)context;
	(void)error;
	if (!bus_message_is_from(message, BUS_LOCAL))
		return 0;
	log_warning("the system bus is gone: screen locks are not followed until it is back");
	sd_event_source_set_time_relative(again, AGAIN_US);
	sd_event_source_set_enabled(again, SD_EVENT_ONESHOT);
	return 0;
}

/*
 * A signal of logind, by its match and from nobody else. Its object and the like are compared by
 * sd-bus; its sender is not.
 */
struct signal {
	const char *match;
	sd_bus_message_handler_t handler;
};

static int on_signal(sd_bus_message *message, void *context, sd_bus_error *error)
{
	const struct signal *signal = context;

	return logind_bus_sent(message) ? signal->handler(message, NULL, error) : 0;
}

#define FROM_LOGIND	"type='signal',sender='" LOGIND_NAME "',"

static int add_matches(void)
{
	static const struct signal signals[] = {
		{ FROM_LOGIND "path='" LOGIND_OBJECT "',interface='" LOGIND_MANAGER "',"
		  "member='PrepareForSleep'", logind_bus_on_sleep },
		{ FROM_LOGIND "interface='" LOGIND_SESSION "',member='Lock'", logind_bus_on_lock },
		{ FROM_LOGIND "interface='" LOGIND_SESSION "',member='Unlock'", logind_bus_on_unlock },
		{ FROM_LOGIND "interface='org.freedesktop.DBus.Properties',"
		  "member='PropertiesChanged',arg0='" LOGIND_SESSION "'", logind_bus_on_properties },
	};
	int result = sd_bus_match_signal_async(bus, NULL, BUS_LOCAL, NULL, BUS_LOCAL, "Disconnected",
					       on_disconnected, NULL, NULL);
	size_t i;

	if (result >= 0)
		result = name_owner_follow(&logind, bus, false);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]) && result >= 0; i++)
		result = sd_bus_add_match_async(bus, NULL, signals[i].match, on_signal, NULL,
						(void *)&signals[i]);
	return result;
}

static int connect_bus(void)
{
	int result = system_bus_new(false, &bus);

	if (result >= 0)
		result = sd_bus_set_watch_bind(bus, true);
	if (result >= 0)
		result = sd_bus_start(bus);
	if (result >= 0)
		result = add_matches();
	if (result >= 0)
		result = sd_bus_attach_event(bus, event_loop, SD_EVENT_PRIORITY_NORMAL);
	if (result < 0 && bus)
		logind_bus_disconnect();
	return result;
}

static int logind_bus_on_again(sd_event_source *source, uint64_t time, void *context)
{
	int result;

	(void)time;
	(void)context;
	if (bus)
		logind_bus_disconnect();
	result = connect_bus();
	if (result < 0) {
		log_warning("no connection to the system bus: %s", strerror(-result));
		sd_event_source_set_time_relative(source, AGAIN_US);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	}
	return 0;
}

int logind_bus_open(sd_event *loop, const struct logind_bus_listener *by)
{
	int result;

	event_loop = loop;
	listener = by;
	result = sd_event_add_time_relative(loop, &again, CLOCK_MONOTONIC, 0, 0, logind_bus_on_again, NULL);
	return result < 0 ? result : 0;
}

void logind_bus_close(void)
{
	if (bus)
		logind_bus_disconnect();
}
