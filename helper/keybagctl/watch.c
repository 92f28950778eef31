// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "common/standard_streams.h"
#include "complain.h"
#include "exit_code.h"
#include "json.h"
#include "report.h"
#include "session.h"

/* Time after which standard output is looked at while keybagd is away. */
#define LOOK_NS	UINT64_C(1000000000)

static void cleanup_watch(struct keybag_watch **watch)
{
	keybag_watch_free(*watch);
}

static void print_event(const struct keybag_watch_event *event)
{
	char uuid[KEYBAG_UUID_TEXT_SIZE], time[64];

	keybag_uuid_format(event->uuid, uuid);
	report_time(event->event.time_ns, time, sizeof(time));
	printf("%s %s %s, reason %s, by uid %u pid %u (change %" PRIu64 ")\n", *time ? time : "-", uuid,
	       keybag_state_name(event->event.state), keybag_reason_name(event->event.reason),
	       event->event.requester.uid, event->event.requester.pid,
	       (uint64_t)event->event.state_seq);
}

static void event_json(const struct keybag_watch_event *event)
{
	json_open(NULL, '{');
	json_number("format", REPORT_JSON_FORMAT);
	json_uuid("uuid", event->uuid);
	if (event->owner == KEYBAG_UID_NONE)
		json_null("owner");
	else
		json_number("owner", event->owner);
	json_text("state", keybag_state_name(event->event.state));
	json_text("reason", keybag_reason_name(event->event.reason));
	json_number("state_seq", event->event.state_seq);
	report_time_json("time", event->event.time_ns);
	json_open("requester", '{');
	json_number("uid", event->event.requester.uid);
	json_number("pid", event->event.requester.pid);
	json_close('}');
	json_close('}');
	json_end();
}

/*
 * Waits until there is something to read from keybagd; while it is not connected, which the library mends, not at all.
 * False: nobody reads the output any more.
 */
static bool await_event(const struct keybag_watch *watch)
{
	struct pollfd files[] = {
		{ .fd = keybag_watch_fd(watch), .events = POLLIN },
		/* Only its end is told, which needs no event. */
		{ .fd = STDOUT_FILENO },
	};

	while (poll(files, sizeof(files) / sizeof(files[0]), files[0].fd < 0 ? 0 : -1) < 0 && errno == EINTR)
		;
	return files[0].revents || !files[1].revents;
}

/* A watch has no text of keybagd; it is bounded by one limit alone. */
static const char *explain_watch(int error)
{
	return error == -EDQUOT ? _("too many connections to keybagd: close some of them") : explain_error(error);
}

int command_watch(int argc, char **argv)
{
	CLEANUP(cleanup_watch) struct keybag_watch *watch = NULL;
	struct keybag_watch_event event;
	struct arguments arguments;
	int result;

	result = arguments_read(argc, argv, OPTION_TARGET | OPTION_JSON, 0, &arguments);
	if (result)
		return result;
	result = keybag_watch_new(arguments_whose(&arguments), &watch);
	while (!result) {
		if (!await_event(watch))
			return EXIT_DONE;
		result = keybag_watch_next(watch, LOOK_NS, &event);
		/* Nothing yet, or no daemon yet. */
		if (result == -ETIMEDOUT || result == -ECONNREFUSED) {
			result = 0;
			continue;
		}
		if (result < 0)
			break;
		if (arguments_has(&arguments, OPTION_JSON))
			event_json(&event);
		else
			print_event(&event);
		if (standard_streams_flush() < 0)
			return EXIT_FAILED;
	}
	return complain(exit_code_of(result), "%s", explain_watch(result));
}
