// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Another Secret Service that makes items by prompts alone, as KeePassXC does: a process of the test's at the other end of a pair of
 * sockets, which does what each test wants of a prompt.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/secretservice/bus/path.h"
#include "helper/secretservice/crypto/agreement.h"
#include "helper/secretservice/transfer/peer.h"
#include "tests/unit/lib/tap.h"

#define OWNER		":1.7"
#define PROMPT_PATH	PROMPTS_PATH "/1"
#define MADE		COLLECTIONS_PATH "/made"
#define INTERFACE	"org.freedesktop.Secret."

enum deed {
	MAKES,		/* the prompt is completed with what it has made */
	MAKES_NOTHING,	/* there is no prompt */
	MAKES_NONE,	/* the prompt is completed, and has made nothing */
	DECLINES,
	IS_SILENT,	/* it tells of other things, and never of an answer */
	ENDS,		/* and the bus says so, also when it is asked */
	OTHERS_SAY,	/* somebody else tells that it is completed, before it declines */
};

/* Shared with the other process, which counts what it has seen. */
static struct {
	enum deed deed;
	int shown, dismissed;
} *seen;

/* ---- the service ---- */

static void send_signal(sd_bus_message *signal, const char *sender)
{
	if (sd_bus_message_set_sender(signal, sender) < 0 || sd_bus_send(NULL, signal, NULL) < 0)
		_exit(1);
	sd_bus_message_unref(signal);
}

static void complete(sd_bus *bus, const char *sender, bool dismissed, const char *made)
{
	sd_bus_message *signal;

	if (sd_bus_message_new_signal(bus, &signal, PROMPT_PATH, INTERFACE "Prompt", "Completed") < 0 ||
	    sd_bus_message_append(signal, "bv", dismissed, "o", made) < 0)
		_exit(1);
	send_signal(signal, sender);
}

static void tell_owner(sd_bus *bus, const char *name, const char *sender)
{
	sd_bus_message *signal;

	if (sd_bus_message_new_signal(bus, &signal, "/org/freedesktop/DBus", BUS_NAME, "NameOwnerChanged") < 0 ||
	    sd_bus_message_append(signal, "sss", name, name, "") < 0)
		_exit(1);
	send_signal(signal, sender);
}

static void act(sd_bus *bus)
{
	switch (seen->deed) {
	case MAKES:
		complete(bus, OWNER, false, MADE);
		break;
	case MAKES_NONE:
		complete(bus, OWNER, false, "/");
		break;
	case DECLINES:
		complete(bus, OWNER, true, MADE);
		break;
	case OTHERS_SAY:
		complete(bus, ":1.8", false, MADE);
		tell_owner(bus, OWNER, ":1.8");
		complete(bus, OWNER, true, MADE);
		break;
	case ENDS:
		tell_owner(bus, OWNER, BUS_NAME);
		break;
	default:
		break;
	}
}

static int answer(sd_bus_message *call, const char *sender, const char *types, ...)
{
	sd_bus_message *reply;
	va_list values;
	int result = sd_bus_message_new_method_return(call, &reply);

	va_start(values, types);
	if (result < 0 || sd_bus_message_appendv(reply, types, values) < 0 || sd_bus_message_set_sender(reply, sender) < 0 ||
	    sd_bus_send(NULL, reply, NULL) < 0)
		_exit(1);
	va_end(values);
	sd_bus_message_unref(reply);
	return 1;
}

static int answer_session(sd_bus_message *call)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	uint8_t own[AGREEMENT_SIZE];
	sd_bus_message *reply;
	const void *public;
	size_t length;

	if (sd_bus_message_skip(call, "s") < 0 || sd_bus_message_enter_container(call, 'v', "ay") < 0 ||
	    sd_bus_message_read_array(call, 'y', &public, &length) < 0 || agreement_answer(public, length, own, &key) ||
	    sd_bus_message_new_method_return(call, &reply) < 0 || sd_bus_message_open_container(reply, 'v', "ay") < 0 ||
	    sd_bus_message_append_array(reply, 'y', own, sizeof(own)) < 0 || sd_bus_message_close_container(reply) < 0 ||
	    sd_bus_message_append(reply, "o", SESSIONS_PATH "/1") < 0 || sd_bus_message_set_sender(reply, OWNER) < 0 ||
	    sd_bus_send(NULL, reply, NULL) < 0)
		_exit(1);
	sd_bus_message_unref(reply);
	return 1;
}

static int on_call(sd_bus_message *call, void *context, sd_bus_error *error)
{
	const char *member = sd_bus_message_get_member(call), *prompt = seen->deed == MAKES_NOTHING ? "/" : PROMPT_PATH;

	(void)context;
	if (!strcmp(member, "Hello"))
		return answer(call, BUS_NAME, "s", ":1.9");
	if (!strcmp(member, "AddMatch") || !strcmp(member, "RemoveMatch"))
		return answer(call, BUS_NAME, "");
	if (!strcmp(member, "GetNameOwner") && seen->deed != ENDS)
		return answer(call, BUS_NAME, "s", OWNER);
	if (!strcmp(member, "OpenSession"))
		return answer_session(call);
	if (!strcmp(member, "CreateItem") || !strcmp(member, "CreateCollection"))
		return answer(call, OWNER, "oo", "/", prompt);
	if (!strcmp(member, "Unlock"))
		return answer(call, OWNER, "aoo", 0, prompt);
	if (!strcmp(member, "Prompt")) {
		seen->shown++;
		answer(call, OWNER, "");
		act(sd_bus_message_get_bus(call));
		return 1;
	}
	if (!strcmp(member, "Dismiss")) {
		seen->dismissed++;
		return answer(call, OWNER, "");
	}
	return sd_bus_error_set(error, "org.example.Strange", "a call that nobody knows");
}

/* It has no moment without a message, so that each wait is a short one. */
static void serve(int fd)
{
	sd_id128_t id = { { 0 } };
	sd_bus *bus;

	if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 || sd_bus_set_server(bus, 1, id) < 0 ||
	    sd_bus_set_anonymous(bus, 1) < 0 || sd_bus_start(bus) < 0 ||
	    sd_bus_add_filter(bus, NULL, on_call, NULL) < 0)
		_exit(1);
	for (;;) {
		int result = sd_bus_process(bus, NULL);

		if (result < 0)
			_exit(0);
		if (!result && !sd_bus_wait(bus, 20000) && seen->shown && seen->deed == IS_SILENT)
			tell_owner(bus, ":1.99", BUS_NAME);
	}
}

/* ---- the client ---- */

static struct peer peer;
static pid_t service;

static void begin(enum deed deed)
{
	int sockets[2];
	sd_bus *bus;

	*seen = (typeof(*seen)){ .deed = deed };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		exit(1);
	service = fork();
	if (!service) {
		close(sockets[0]);
		serve(sockets[1]);
	}
	close(sockets[1]);
	check(sd_bus_new(&bus) >= 0 && sd_bus_set_fd(bus, sockets[0], sockets[0]) >= 0 && sd_bus_set_anonymous(bus, 1) >= 0 &&
	      sd_bus_set_bus_client(bus, 1) >= 0 && sd_bus_start(bus) >= 0);
	check(!peer_open(bus, OWNER, "the service", &peer));
	sd_bus_unref(bus);
}

static void end(void)
{
	peer_close(&peer);
	kill(service, SIGKILL);
	waitpid(service, NULL, 0);
}

static int add_item(void)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	char label[] = "a label";
	struct record record = { .label = label };

	check(!secret_from("secret", 6, &secret));
	return peer_add(&peer, COLLECTIONS_PATH "/login", &record, &secret, "text/plain");
}

static void test_made(void)
{
	char *path = NULL;

	begin(MAKES);
	check(!add_item());
	check(!peer_make_collection(&peer, "label", NULL, &path));
	check(path && !strcmp(path, MADE));
	check(seen->shown == 2 && !seen->dismissed);
	free(path);
	end();
	tap_test("what is made by a prompt is made once that is run");
}

static void test_nothing(void)
{
	char *path = NULL;

	begin(MAKES_NOTHING);
	check(add_item() == -ENODATA && peer_make_collection(&peer, "label", NULL, &path) == -ENODATA && !path);
	check(!seen->shown && strstr(peer_problem(&peer, -ENODATA), "has made nothing"));
	end();
	tap_test("neither an object nor a prompt is an error");
	begin(MAKES_NONE);
	check(add_item() == -ENODATA && peer_make_collection(&peer, "label", NULL, &path) == -ENODATA && !path);
	check(seen->shown == 2);
	end();
	tap_test("so is a prompt that has made nothing");
}

static void test_declined(void)
{
	char one[] = COLLECTIONS_PATH "/login", *paths[] = { one, NULL };

	begin(DECLINES);
	check(add_item() == -ECANCELED && peer_unlock_on_screen(&peer, paths) == -ECANCELED);
	check(seen->shown == 1 && seen->dismissed == 1 && !strcmp(peer_problem(&peer, -ECANCELED), "it was declined"));
	end();
	tap_test("a prompt that is declined, and no other is shown after it");
}

static void test_others(void)
{
	begin(OTHERS_SAY);
	check(add_item() == -ECANCELED);
	end();
	tap_test("what somebody else tells of the prompt, or of the service's end, is not believed");
}

static unsigned int told;

static void on_wait(const struct peer *waiting)
{
	check(waiting == &peer);
	told++;
}

static void test_silent(void)
{
	begin(MAKES);
	peer.on_wait = on_wait;
	check(!add_item() && !told);
	end();
	begin(IS_SILENT);
	peer.on_wait = on_wait;
	check(add_item() == -ETIMEDOUT && told == 1);
	check(seen->dismissed == 1);
	check(add_item() == -ETIMEDOUT && seen->shown == 1 && strstr(peer_problem(&peer, -ETIMEDOUT), "on the screen"));
	end();
	tap_test("nobody is waited for longer than the limit, whatever else is told meanwhile, and nobody is asked any more then");
}

static void test_ended(void)
{
	begin(ENDS);
	check(add_item() == -ESRCH);
	check(!seen->dismissed && !peer_is_there(&peer));
	end();
	begin(MAKES);
	check(peer_is_there(&peer));
	end();
	tap_test("the service ends while somebody is asked");
}

static void test_old_error(void)
{
	char long_path[] = "no path";

	begin(MAKES);
	check(peer_rename_collection(&peer, COLLECTIONS_PATH "/login", "label") < 0);
	check(!strcmp(peer_problem(&peer, -EIO), "a call that nobody knows"));
	check(peer_rename_collection(&peer, long_path, "label") == -EINVAL);
	check(strcmp(peer_problem(&peer, -EINVAL), "a call that nobody knows"));
	end();
	tap_test("a call that cannot be sent does not fail with the error of the one before");
}

int main(void)
{
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		return 1;
	tap_start();
	test_made();
	test_nothing();
	test_declined();
	test_others();
	test_silent();
	test_ended();
	test_old_error();
	return tap_end();
}
