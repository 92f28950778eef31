// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets that linger for as long as whoever sent them likes are closed without waiting, under the filter of system calls: by a
 * thread, and where a library closes them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "helper/daemon/closer.h"
#include "helper/daemon/last_close.h"
#include "helper/secretservice/bus/kept_messages.h"
#include "helper/userservice/system_calls.h"
#include "tests/unit/lib/lingering.h"
#include "tests/unit/lib/tap.h"

#define MOST	64
/* For what takes moments. */
#define LIMIT_S	20

static int descriptors[MOST];

static void close_all(void *times)
{
	for (size_t at = 0; at < MOST; at++)
		close(descriptors[at]);
	++*(unsigned int *)times;
}

static bool library_closes(void)
{
	unsigned int times = 0;

	last_close_elsewhere(close_all, &times);
	return times == 1;
}

/* ---- messages of a peer ---- */

static sd_bus *sender, *receiver;
static unsigned int received;

static int on_message(sd_bus_message *message, void *context, sd_bus_error *error)
{
	(void)context;
	(void)error;
	if (sd_bus_message_is_signal(message, "org.example.Nothing", NULL) > 0) {
		kept_messages_add(message);
		received++;
	}
	return 0;
}

static sd_bus *make_bus(int fd, bool server)
{
	static const sd_id128_t id = { .bytes = { 1 } };
	sd_bus *bus = NULL;

	if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 || sd_bus_negotiate_fds(bus, true) < 0 ||
	    (server && sd_bus_set_server(bus, true, id) < 0) || sd_bus_set_anonymous(bus, true) < 0 || sd_bus_start(bus) < 0)
		abort();
	return bus;
}

static void send_signal(sd_bus *bus)
{
	sd_bus_message *message = NULL;

	if (sd_bus_message_new_signal(bus, &message, "/", "org.example.Nothing", "Nothing") < 0 ||
	    sd_bus_message_open_container(message, 'a', "h") < 0)
		abort();
	for (size_t at = 0; at < MOST; at++)
		if (sd_bus_message_append(message, "h", descriptors[at]) < 0)
			abort();
	if (sd_bus_message_close_container(message) < 0 || sd_bus_send(bus, message, NULL) < 0)
		abort();
	sd_bus_message_unref(message);
}

/* As one that takes connections it makes calls that the service needs none of: before they are restricted. */
static void connect_buses(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	receiver = make_bus(ends[0], true);
	sender = make_bus(ends[1], false);
	if (sd_bus_add_filter(receiver, NULL, on_message, NULL) < 0)
		abort();
	while (sd_bus_is_ready(sender) <= 0 || sd_bus_is_ready(receiver) <= 0) {
		if (sd_bus_process(sender, NULL) < 0 || sd_bus_process(receiver, NULL) < 0)
			abort();
	}
}

/* The message is what has them last: its sender's are closed before it is read. */
static bool sd_bus_closes(void)
{
	send_signal(sender);
	if (sd_bus_flush(sender) < 0)
		abort();
	for (size_t at = 0; at < MOST; at++)
		close(descriptors[at]);
	while (!received) {
		if (sd_bus_process(receiver, NULL) < 0)
			abort();
	}
	while (sd_bus_process(receiver, NULL) > 0)
		;
	kept_messages_release();
	return true;
}

/* The last one is closed when all others are. */
static bool closer_closes(void)
{
	int ends[2];
	char byte;

	if (pipe(ends) < 0)
		return false;
	closer_close(1, descriptors, MOST);
	closer_close(1, &ends[1], 1);
	return read(ends[0], &byte, 1) == 0;
}

/* In a process of its own. A close that lingers ends by the alarm. */
static bool passes(bool (*closes)(void), bool restricted)
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		alarm(LIMIT_S);
		for (size_t at = 0; at < MOST; at++)
			descriptors[at] = lingering_socket();
		connect_buses();
		if (restricted)
			system_calls_restrict(NULL);
		_exit(!closes());
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

/* The end of the process waits for nothing, and the other ends see what was closed. */
static bool is_closed_while_it_runs(void)
{
	int ends[2], copy;
	char byte;

	if (pipe(ends) < 0)
		return false;
	copy = dup(ends[1]);
	close(ends[1]);
	descriptors[0] = copy;
	/* Those that were open at first are closed with it. */
	return library_closes() && read(ends[0], &byte, 1) == 0;
}

int main(void)
{
	tap_start();
	check(passes(closer_closes, false) && passes(closer_closes, true));
	tap_test("by a thread");
	check(passes(library_closes, false) && passes(library_closes, true));
	tap_test("where a library closes them");
	check(passes(sd_bus_closes, false) && passes(sd_bus_closes, true));
	tap_test("those of a message that sd-bus has read");
	check(passes(is_closed_while_it_runs, true));
	tap_test("they are closed then");
	return tap_end();
}
