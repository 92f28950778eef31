// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections of the SSH agent whose peers send descriptors that take as long to close as they like: nobody else waits for that.
 * The test stands in for what serves requests.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/sshagent/agent/connection.h"
#include "helper/sshagent/agent/request.h"
#include "lib/lingering.h"
#include "lib/tap.h"

#define MOST	16
/* For what takes moments. */
#define LIMIT_S	20

/* ---- what stands in ---- */

bool request_handle(struct requester *requester, struct bytes message, struct buffer *answer)
{
	(void)requester;
	buffer_bytes(answer, message);
	return true;
}

void request_forget(struct requester *requester)
{
	(void)requester;
}

/* ---- the agent's end ---- */

static sd_event *loop;

static int connect_to_agent(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		abort();
	connection_accept(loop, ends[0]);
	return ends[1];
}

static void serve(void)
{
	while (sd_event_run(loop, 100000) > 0)
		;
}

/* Whether another one is served. */
static bool serves(void)
{
	static const char request[] = "\0\0\0\1x";
	char answer[sizeof(request)] = "";
	int peer = connect_to_agent();
	bool good = send(peer, request, 5, 0) == 5;

	serve();
	good = good && recv(peer, answer, 5, MSG_DONTWAIT) == 5 && answer[4] == 'x';
	close(peer);
	serve();
	return good;
}

static void make(int *descriptors)
{
	for (size_t at = 0; at < MOST; at++)
		descriptors[at] = lingering_socket();
}

static void test_sent(void)
{
	int descriptors[MOST], peer = connect_to_agent();
	double begun = seconds();

	make(descriptors);
	/* The first byte of a length. */
	send_closing(peer, descriptors, MOST);
	serve();
	check(send(peer, "\0\0\1x", 4, 0) == 4);
	serve();
	check(recv(peer, descriptors, 5, MSG_DONTWAIT) == 5);
	check(serves());
	close(peer);
	serve();
	check(seconds() - begun < LIMIT_S);
	tap_test("descriptors of a message, which is answered");

	begun = seconds();
	peer = connect_to_agent();
	for (unsigned int times = 0; times < 4; times++) {
		make(descriptors);
		send_closing(peer, descriptors, MOST);
	}
	close(peer);
	check(serves() && seconds() - begun < LIMIT_S);
	tap_test("those of one that ends");
}

/* Messages that were never read are closed with the connection. */
static void test_unread(void)
{
	int descriptors[MOST], ends[2], peers[CONNECTIONS_MAX];
	double begun = seconds();

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		abort();
	make(descriptors);
	send_closing(ends[1], descriptors, MOST);
	connection_accept(loop, ends[0]);
	connections_close_all();
	close(ends[1]);
	check(serves() && seconds() - begun < LIMIT_S);
	tap_test("those that were not read");

	begun = seconds();
	for (size_t at = 0; at < CONNECTIONS_MAX; at++)
		peers[at] = connect_to_agent();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	make(descriptors);
	send_closing(ends[1], descriptors, MOST);
	connection_accept(loop, ends[0]);
	close(ends[1]);
	check(seconds() - begun < LIMIT_S);
	for (size_t at = 0; at < CONNECTIONS_MAX; at++)
		close(peers[at]);
	serve();
	check(serves());
	tap_test("those of one that is refused: there are too many");
}

int main(void)
{
	tap_start();
	lingering_ends_after(LIMIT_S + 5);
	signal(SIGPIPE, SIG_IGN);
	if (sd_event_new(&loop) < 0)
		abort();
	test_sent();
	test_unread();
	connections_close_all();
	sd_event_unref(loop);
	return tap_end();
}
