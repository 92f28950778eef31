// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The delay of sleep: asked for by a thread, over a connection of its own. A bus that is this test's stands for the bus of
 * the machine and for logind.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/deadline.h"
#include "daemon/system_bus.h"
#include "keybagd/logind/inhibitor.h"
#include "lib/tap.h"

#define LOGIND	":1.7"
#define SECOND	1000000000ULL

enum answer { GRANTED, REFUSED, FORGED, FLOODED, SILENT };

static enum answer behaviour;
static int listener, granted[2];
static sd_event *loop;
static int failure;

/* A socket whose last close waits for a day, and its other end. */
static int lingering(int *ret_other)
{
	static const struct linger day = { .l_onoff = 1, .l_linger = 86400 };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int server = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0), small = 4096;
	static const char bytes[65536];
	socklen_t length = sizeof(address);

	setsockopt(server, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	check(bind(server, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(server, 1) == 0);
	getsockname(server, (struct sockaddr *)&address, &length);
	check(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	*ret_other = accept(server, NULL, NULL);
	close(server);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &day, sizeof(day));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (send(fd, bytes, sizeof(bytes), 0) > 0)
		;
	return fd;
}

static void send_from(sd_bus *bus, sd_bus_message *message, const char *sender)
{
	sd_bus_message_set_sender(message, sender);
	sd_bus_send(bus, message, NULL);
	sd_bus_message_unref(message);
}

/* From somebody whom nobody has asked. */
static void flood(sd_bus *bus)
{
	sd_bus_message *signal;
	int other, fd = lingering(&other);

	check(sd_bus_message_new_signal(bus, &signal, "/", "a.b", "C") >= 0 && sd_bus_message_append(signal, "h", fd) >= 0);
	send_from(bus, signal, ":1.9");
	sd_bus_flush(bus);
	close(fd);
}

static void serve(sd_bus *bus, sd_bus_message *message)
{
	sd_bus_message *reply;

	if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus", "Hello")) {
		sd_bus_message_new_method_return(message, &reply);
		sd_bus_message_append(reply, "s", ":1.8");
		send_from(bus, reply, "org.freedesktop.DBus");
		if (behaviour == FLOODED)
			flood(bus);
	} else if (sd_bus_message_is_method_call(message, NULL, "Inhibit") && behaviour != SILENT) {
		if (behaviour == REFUSED)
			sd_bus_message_new_method_errorf(message, &reply, SD_BUS_ERROR_ACCESS_DENIED, "no");
		else
			sd_bus_message_new_method_return(message, &reply);
		if (behaviour != REFUSED)
			sd_bus_message_append(reply, "h", granted[1]);
		send_from(bus, reply, behaviour == FORGED ? ":1.9" : LOGIND);
	}
}

static void *be_bus(void *context)
{
	int fd = *(int *)context;
	sd_id128_t id = { .bytes = { 1 } };
	sd_bus_message *message;
	sd_bus *bus;
	int result;

	free(context);
	if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 || sd_bus_set_server(bus, 1, id) < 0 ||
	    sd_bus_set_anonymous(bus, 1) < 0 || sd_bus_negotiate_fds(bus, 1) < 0 || sd_bus_start(bus) < 0)
		return NULL;
	while ((result = sd_bus_process(bus, &message)) >= 0) {
		if (message)
			serve(bus, message);
		sd_bus_message_unref(message);
		if (!result)
			sd_bus_wait(bus, UINT64_MAX);
	}
	sd_bus_close_unref(bus);
	return NULL;
}

static void *accept_all(void *context)
{
	for (;;) {
		int *fd = malloc(sizeof(*fd));
		pthread_t thread;

		*fd = accept(listener, NULL, NULL);
		pthread_create(&thread, NULL, be_bus, fd);
		pthread_detach(thread);
	}
	return context;
}

static void on_failed(int error)
{
	failure = error;
}

static void begin(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char text[sizeof(address.sun_path) + 16];
	pthread_t thread;

	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/keybag-bus-%d", getpid());
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	check(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(listener, 16) == 0);
	check(pthread_create(&thread, NULL, accept_all, NULL) == 0);
	pthread_detach(thread);
	snprintf(text, sizeof(text), "unix:path=%s", address.sun_path);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", text, 1);
	check(sd_event_default(&loop) >= 0 && inhibitor_open(loop, on_failed) >= 0);
}

/* Whether somebody has the other end of what logind grants: then it cannot be read to its end. */
static bool is_held(void)
{
	char byte;

	return read(granted[0], &byte, 1) < 0 && errno == EAGAIN;
}

/* Asks for it, with the loop never held up. Returns 0, or the error, or -ETIMEDOUT: nothing was told. */
static int take(enum answer how)
{
	uint64_t end = deadline_after(5 * SECOND), longest = 0;

	behaviour = how;
	failure = 0;
	check(pipe2(granted, O_CLOEXEC | O_NONBLOCK) == 0);
	inhibitor_take(LOGIND);
	for (int result = 0; !failure && !result && deadline_left(end);) {
		uint64_t before = deadline_now();

		result = sd_event_run(loop, 100000);
		if (deadline_now() - before > longest)
			longest = deadline_now() - before;
		if (result > 0 && !failure)
			break;
	}
	check(longest < 3 * SECOND);
	if (how != SILENT)
		close(granted[1]);
	return failure ? failure : deadline_left(end) ? 0 : -ETIMEDOUT;
}

static void test_taken(void)
{
	check(take(GRANTED) == 0 && is_held());
	inhibitor_take(LOGIND);
	check(is_held());
	inhibitor_let();
	for (uint64_t end = deadline_after(5 * SECOND); is_held() && !deadline_pause(end);)
		;
	check(!is_held());
	close(granted[0]);
	tap_test("the delay is taken, and given up");

	check(take(REFUSED) == -EACCES && take(FORGED) == -EPERM);
	tap_test("a refusal is told, and what is not logind's counts as one");

	check(take(FLOODED) == 0 && is_held());
	inhibitor_let();
	tap_test("the descriptor of a stranger, which lingers, holds nothing up");

	check(take(SILENT) == -ETIMEDOUT);
	behaviour = GRANTED;
	inhibitor_take(LOGIND);
	check(sd_event_run(loop, 300000) == 0);
	inhibitor_let();
	close(granted[0]);
	close(granted[1]);
	check(take(GRANTED) == 0 && is_held());
	inhibitor_let();
	tap_test("one who does not answer is asked once, and asked anew when the delay was given up in between");
}

static void test_descriptors(void)
{
	sd_bus *bus;

	for (int with = 0; with < 2; with++) {
		check(system_bus_new(with, &bus) == 0 && sd_bus_start(bus) >= 0);
		check(sd_bus_can_send(bus, 'h') == with);
		sd_bus_close_unref(bus);
	}
	tap_test("a connection takes descriptors where it shall, and there alone");
}

int main(void)
{
	tap_start();
	begin();
	test_taken();
	test_descriptors();
	unlink(strchr(getenv("DBUS_SYSTEM_BUS_ADDRESS"), '/'));
	return tap_end();
}
