// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watch: a line for each event, until it is ended.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "attribute_name.h"
#include "complain.h"
#include "execute.h"
#include "helper/common/deadline.h"
#include "helper/common/printable.h"
#include "helper/common/standard_streams.h"
#include "helper/keychain/base/json_format.h"
#include "stream.h"

static const char usage[] =
	N_("usage: keychainctl watch [--timeout SECONDS] [--json]\n"
	"\n"
	"Prints a line when an item that this program may see is added, changed or removed, and when a\n"
	"protection class becomes available or unavailable; first for each class that is available.\n"
	"'anything' means that any item may have changed. Ends after the time, or never.\n"
	"\n"
	"      --timeout SECONDS  end after that time\n"
	"  -k, --keychain NAME  default: your default one\n"
	"      --system         the system keychain\n"
	"  -j, --json           each line as JSON\n");

static struct value *event_value(const struct keychain_event *event)
{
	struct value *value = value_dictionary();
	int error = value_set(value, "format", value_integer(JSON_FORMAT));

	if (!error)
		error = value_set(value, "event", value_string(keychain_event_name(event->kind)));
	if (!error && event->item_class)
		error = value_set(value, "class", value_string(class_name(keychain_class_name(event->item_class))));
	if (!error && event->item_class)
		error = value_set(value, "reference", value_data(event->reference, sizeof(event->reference)));
	if (!error && event->item_class)
		error = value_set(value, "access-group", value_string(event->access_group));
	if (!error && event->accessible)
		error = value_set(value, "accessible", value_string(keychain_accessible_name(event->accessible)));
	if (!error)
		return value;
	value_free(value);
	return NULL;
}

/* Returns 0 or a negative errno: it is not printed. */
static int print_json_line(const struct keychain_event *event)
{
	struct value *value = event_value(event);
	size_t length;
	char *text;
	int result = value ? json_format(value, false, &text, &length) : -ENOMEM;

	value_free(value);
	if (result < 0)
		return result;
	fwrite(text, 1, length, stdout);
	putchar('\n');
	json_free(text, length);
	return 0;
}

static void print_line(const struct keychain_event *event)
{
	fputs(keychain_event_name(event->kind), stdout);
	if (event->item_class) {
		printf("\t%s\t", class_name(keychain_class_name(event->item_class)));
		for (size_t at = 0; at < sizeof(event->reference); at++)
			printf("%02x", event->reference[at]);
		putchar('\t');
		printable_write(stdout, event->access_group, strlen(event->access_group));
	}
	if (event->accessible)
		printf("\t%s", keychain_accessible_name(event->accessible));
	putchar('\n');
}

static int complain_watch(const struct keychain_watch *watch, int status)
{
	return complain_status(status, keychain_watch_message(watch));
}

/* False: nobody reads the output any more. Its end is told without an event. */
static bool is_read(const struct keychain_watch *watch, uint64_t limit_ns)
{
	struct pollfd files[] = {
		{ .fd = keychain_watch_fd(watch), .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	const struct timespec limit = { (time_t)(limit_ns / 1000000000), (long)(limit_ns % 1000000000) };

	while (ppoll(files, sizeof(files) / sizeof(files[0]), limit_ns == UINT64_MAX ? NULL : &limit, NULL) < 0 && errno == EINTR)
		;
	return files[0].revents || !files[1].revents;
}

static int print_events(struct keychain_watch *watch, const struct arguments *arguments)
{
	uint64_t deadline = deadline_after(arguments->given & OPTION_TIMEOUT ? arguments->timeout_ns : UINT64_MAX), now;
	struct keychain_event event;
	int status;

	for (;;) {
		status = keychain_watch_next(watch, 0, &event);
		if (status)
			return complain_watch(watch, status);
		if (!event.kind) {
			now = deadline_now();
			if (now >= deadline || !is_read(watch, deadline == UINT64_MAX ? UINT64_MAX : deadline - now))
				return EXIT_DONE;
			continue;
		}
		if (!(arguments->given & OPTION_JSON))
			print_line(&event);
		else if (print_json_line(&event) < 0)
			return complain_other(_("out of memory"));
		/* A reader may wait for it. */
		if (standard_streams_flush() < 0)
			return EXIT_OTHER;
	}
}

int command_watch(struct keychain_client *client, int argc, char **argv)
{
	struct keychain_watch *watch;
	struct arguments arguments;
	int result = arguments_read(client, argc, argv, OPTION_TIMEOUT | OPTION_JSON, usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	result = keychain_watch_new(client, &watch);
	if (result) {
		result = complain(client, result);
	} else {
		result = print_events(watch, &arguments);
		keychain_watch_free(watch);
	}
	arguments_free(&arguments);
	return result;
}
