// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libkeychain while keychaind and keybagd, for which there are stand-ins, hang, end or answer what they should not, and
 * while memory runs out.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/pidfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "lib/keybagd_stand_in.h"
#undef KEYCHAIN_ACCOUNT	/* the name of an attribute, too */
#include "helper/keychain/include/keychain.h"
#include "helper/keychain/transport/wire.h"
#include "lib/failing_memory.h"
#include "lib/keychaind_stand_in.h"
#include "lib/tap.h"
#include "libkeybag/keybag.h"

#define KEYCHAIND	"keychaind.sock"

/* ---- the daemons ---- */

static struct stand_in keybagd, keychaind;
static struct value *(*respond)(const struct value *request);	/* NULL is returned where the answer is to come later */
static atomic_bool hangs, told_state;
static bool bad_state;
static useconds_t state_delay;

static void serve_items(struct stand_in *daemon, int fd)
{
	while (atomic_load(&hangs))
		usleep(1000);
	keychaind_send(fd, WIRE_FIELD_VERSION, WIRE_VERSION, -1);
	while (keychaind_answer(daemon, fd, respond))
		;
}

static void serve_closing(struct stand_in *daemon, int fd)
{
	uint8_t bytes[64];
	struct writer writer;

	(void)daemon;
	message_start(&writer, bytes, sizeof(bytes));
	message_add_boolean(&writer, WIRE_FIELD_CLOSING, true);
	stand_in_send(fd, &writer, -1);
}

static void serve_refusal(struct stand_in *daemon, int fd)
{
	uint8_t bytes[128];
	struct writer writer;

	(void)daemon;
	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, WIRE_FIELD_ERROR, EPERM);
	message_add_text(&writer, WIRE_FIELD_MESSAGE, "not for you");
	stand_in_send(fd, &writer, -1);
}

static void serve_states(struct stand_in *daemon, int fd)
{
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	uint8_t bytes[MESSAGE_MAX_SIZE];
	struct message request;

	if (!keybagd_tell(daemon, fd, KEYBAG_STATE_UNLOCKED, state_delay, !bad_state))
		return;
	atomic_store(&told_state, true);
	stand_in_receive(daemon, fd, bytes, &request, descriptors);
}

static struct value *must(struct value *value)
{
	return value ? value : (abort(), NULL);
}

static struct value *answer_with(struct value *status, struct value *result)
{
	struct value *answer = must(value_dictionary());

	if (status)
		value_set(answer, "status", status);
	if (result)
		value_set(answer, "result", result);
	return answer;
}

static struct value *part(const struct value *request, const char *section, const char *key)
{
	return value_get(value_get(request, section), key);
}

/* ---- the library ---- */

static struct keychain_client *client_new(uint64_t limit_ns)
{
	struct keychain_client *client = NULL;

	check(keychain_client_new(&client) == 0);
	keychain_client_set_time_limit(client, limit_ns);
	return client;
}

static int find(struct keychain_client *client, unsigned int flags, struct keychain_items **ret_items)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	int status = keychain_find(client, query, flags, 1, ret_items);

	keychain_query_free(query);
	return status;
}

static bool says(const struct keychain_client *client, const char *text)
{
	bool found = strstr(keychain_client_message(client), text);

	if (!found)
		printf("# %s\n", keychain_client_message(client));
	return found;
}

static void test_limits(void)
{
	struct keychain_client *client = client_new(200 * MILLISECOND);
	struct keychain_watch *watch = NULL;
	uint64_t start = deadline_now();

	stand_in_start(&keybagd, KEYBAG_SOCKET, NULL);
	check(keychain_wait(client, KEYCHAIN_WHEN_UNLOCKED, 200 * MILLISECOND) == errSecNotAvailable);
	check(says(client, "keybagd did not answer in time"));
	check(keychain_watch_new(client, &watch) == errSecNotAvailable && !watch);
	check(says(client, "keybagd did not answer in time"));
	check(deadline_now() - start < LONG);
	stand_in_stop(&keybagd);
	start = deadline_now();
	check(keychain_watch_new(client, &watch) == errSecNotAvailable && !watch);
	check(deadline_now() - start < 5000 * MILLISECOND);
	keychain_client_free(client);
	tap_test("who waits for a keybagd that hangs or is away keeps to the limit, and is told");
}

static void test_late_state(void)
{
	struct keychain_client *client = client_new(LONG);

	state_delay = 300000;
	stand_in_start(&keybagd, KEYBAG_SOCKET, serve_states);
	check(keychain_wait(client, KEYCHAIN_WHEN_UNLOCKED, 0) == 0);
	state_delay = 0;
	stand_in_stop(&keybagd);
	keychain_client_free(client);
	tap_test("who would not wait is told the state, also where keybagd tells it some time after its answer");
}

static struct value *respond_later(const struct value *request)
{
	(void)request;
	return NULL;
}

static void test_unanswered(void)
{
	struct keychain_client *client = client_new(500 * MILLISECOND);
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	struct keychain_items *items = NULL;

	respond = respond_later;
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	check(keychain_delete(client, query) == errSecIO && says(client, "may carry the request out yet"));
	check(keychain_upsert(client, query, NULL) == errSecIO && says(client, "may carry the request out yet"));
	check(find(client, KEYCHAIN_RETURN_ATTRIBUTES, &items) == errSecNotAvailable && says(client, "did not answer in time:"));
	stand_in_stop(&keychaind);
	keychain_query_free(query);
	keychain_client_free(client);
	tap_test("a change that is not answered in time may have been made, and a search has not");
}

static struct value *respond_watch(const struct value *request)
{
	/* A state that was told by then is read. */
	while (!atomic_load(&told_state))
		usleep(1000);
	return part(request, "options", "now") ? answer_with(value_integer(0), value_array()) : NULL;
}

static struct keychain_watch *watch_new(struct keychain_client *client)
{
	struct keychain_watch *watch = NULL;
	struct keychain_event event;

	check(keychain_watch_new(client, &watch) == 0);
	do {
		check(keychain_watch_next(watch, 0, &event) == 0);
	} while (event.kind != KEYCHAIN_EVENT_NONE);
	return watch;
}

static void test_watch(void)
{
	struct keychain_client *client = client_new(LONG);
	struct keychain_event event = { 0 };
	struct keychain_watch *watch;
	struct pollfd item = { .events = POLLIN };
	uint64_t start;

	respond = respond_watch;
	stand_in_start(&keybagd, KEYBAG_SOCKET, serve_states);
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	watch = watch_new(client);
	item.fd = keychain_watch_fd(watch);
	stand_in_stop(&keybagd);
	stand_in_stop(&keychaind);
	atomic_store(&hangs, true);
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	start = deadline_now();
	for (int i = 0; i < 100; i++)
		check(keychain_watch_next(watch, 0, &event) == 0 && event.kind == KEYCHAIN_EVENT_NONE);
	check(deadline_now() - start < 10000 * MILLISECOND);
	/* Nor longer than it is to. */
	start = deadline_now();
	check(keychain_watch_next(watch, 10 * MILLISECOND, &event) == 0 && deadline_now() - start < LONG);
	tap_test("a watch that is not to wait does not, while the daemons are away or hang");

	atomic_store(&hangs, false);
	while (event.kind != KEYCHAIN_EVENT_ANYTHING && check(poll(&item, 1, (int)(LONG / MILLISECOND)) == 1))
		check(keychain_watch_next(watch, 0, &event) == 0);
	check(atomic_load(&keychaind.connections) == 1);
	keychain_watch_free(watch);
	keychain_client_free(client);
	stand_in_stop(&keychaind);
	tap_test("it is woken for each step, and tells that anything may have changed");
}

static void test_watch_message(void)
{
	struct keychain_client *client = client_new(LONG);
	struct keychain_watch *watch = NULL;

	respond = respond_watch;
	bad_state = true;
	atomic_store(&told_state, false);
	stand_in_start(&keybagd, KEYBAG_SOCKET, serve_states);
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	check(keychain_watch_new(client, &watch) == errSecNotAvailable && !watch);
	check(says(client, "watching the keybag: "));
	bad_state = false;
	stand_in_stop(&keybagd);
	stand_in_stop(&keychaind);
	keychain_client_free(client);
	tap_test("a watch that cannot be made says why");
}

static const int64_t *wanted_status;	/* NULL: none */

static struct value *respond_status(const struct value *request)
{
	(void)request;
	return answer_with(wanted_status ? value_integer(*wanted_status) : value_string("0"), NULL);
}

static void test_status(void)
{
	static const int64_t wrong[] = { 5, INT64_C(1) << 32, -(INT64_C(1) << 32), INT64_MIN }, right = errSecItemNotFound;
	struct keychain_client *client = client_new(LONG);
	struct keychain_items *items = NULL;

	respond = respond_status;
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	check(find(client, KEYCHAIN_RETURN_ATTRIBUTES, &items) == errSecInternal && *keychain_client_message(client));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		wanted_status = &wrong[i];
		check(find(client, KEYCHAIN_RETURN_ATTRIBUTES, &items) == errSecInternal && !items);
	}
	wanted_status = &right;
	check(find(client, KEYCHAIN_RETURN_ATTRIBUTES, &items) == errSecItemNotFound);
	stand_in_stop(&keychaind);
	keychain_client_free(client);
	tap_test("an answer without a status that can be is an error");
}

static bool has_secret;

static struct value *respond_secret(const struct value *request)
{
	struct value *item = must(value_dictionary());

	if (!value_as_boolean(part(request, "query", "r_Data")) ||
	    !value_as_boolean(part(request, "query", "r_PersistentRef")))
		return answer_with(value_integer(0), value_data("", 0));
	value_set(item, "v_PersistentRef", value_data("12345678901234567890", KEYCHAIN_REFERENCE_SIZE));
	if (has_secret)
		value_set(item, "v_Data", value_data("", 0));
	return answer_with(value_integer(0), item);
}

static void test_no_secret(void)
{
	struct keychain_client *client = client_new(LONG);
	struct keychain_items *items = NULL;
	size_t length = 5;

	respond = respond_secret;
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	check(find(client, KEYCHAIN_RETURN_SECRET, &items) == 0);
	check(keychain_items_count(items) == 1 && !keychain_items_secret(items, 0, &length));
	keychain_items_free(items);
	has_secret = true;
	length = 5;
	check(find(client, KEYCHAIN_RETURN_SECRET, &items) == 0 && keychain_items_secret(items, 0, &length) && !length);
	keychain_items_free(items);
	stand_in_stop(&keychaind);
	keychain_client_free(client);
	tap_test("an item without a secret is told from one whose secret is empty");
}

static char asked_keychain[16];
static bool asked_system;

static struct value *respond_target(const struct value *request)
{
	const char *name = value_as_string(value_get(request, "keychain"));

	snprintf(asked_keychain, sizeof(asked_keychain), "%s", name ? name : "");
	asked_system = value_as_boolean(value_get(request, "system"));
	return answer_with(value_integer(errSecItemNotFound), NULL);
}

static void test_target(void)
{
	struct keychain_client *client = client_new(LONG);
	struct keychain_items *items = NULL;

	respond = respond_target;
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	check(keychain_client_choose(client, "work") == 0 && find(client, 0, &items) == errSecItemNotFound);
	check(!strcmp(asked_keychain, "work") && !asked_system);
	keychain_client_choose_system(client);
	check(find(client, 0, &items) == errSecItemNotFound && !*asked_keychain && asked_system);
	check(keychain_client_choose(client, NULL) == 0 && find(client, 0, &items) == errSecItemNotFound);
	check(!*asked_keychain && !asked_system);
	stand_in_stop(&keychaind);
	keychain_client_free(client);
	tap_test("of two choices the last one counts");
}

static void test_closing(void)
{
	struct keychain_client *client = client_new(300 * MILLISECOND);
	struct keychain_items *items = NULL;

	stand_in_start(&keychaind, KEYCHAIND, serve_closing);
	check(find(client, 0, &items) == errSecNotAvailable);
	check(atomic_load(&keychaind.connections) > 1 && atomic_load(&keychaind.connections) < 30);
	stand_in_stop(&keychaind);
	stand_in_start(&keychaind, KEYCHAIND, serve_refusal);
	check(find(client, 0, &items) == errSecMissingEntitlement && says(client, "not for you"));
	stand_in_stop(&keychaind);
	keychain_client_free(client);
	tap_test("a service that always ends is asked at leisure");
}

static struct value *respond_same_page(const struct value *request)
{
	struct value *answer = answer_with(value_integer(0), value_array());

	(void)request;
	value_set(answer, "cursor", value_data("same", 4));
	return answer;
}

static void test_pages(void)
{
	struct keychain_client *client = client_new(LONG);
	struct keychain_items *items = NULL;

	respond = respond_same_page;
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	check(find(client, 0, &items) == errSecInternal && !items);
	stand_in_stop(&keychaind);
	keychain_client_free(client);
	tap_test("a page that leads to itself ends the result");
}

/* ---- memory ---- */

static atomic_uint added;

static struct value *respond_add(const struct value *request)
{
	struct value *found = must(value_dictionary());

	if (!strcmp(value_as_string(value_get(request, "op")), "add")) {
		atomic_fetch_add(&added, 1);
		value_free(found);
		return answer_with(value_integer(0), value_data("12345678901234567890", KEYCHAIN_REFERENCE_SIZE));
	}
	value_set(found, "acct", value_string("an account with a name that is long"));
	value_set(found, "v_Data", value_data("a secret", 8));
	return answer_with(value_integer(0), found);
}

/* Whether that is what is to be told of it; *@ret_failed: an allocation did. */
static bool try_adding(unsigned int at, bool *ret_failed)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	struct keychain_client *client = client_new(LONG);
	uint8_t reference[KEYCHAIN_REFERENCE_SIZE];
	unsigned int before = atomic_load(&added);
	int status;

	keychain_query_set_text(query, KEYCHAIN_ACCOUNT, "an account");
	keychain_query_set_secret(query, "a secret", 8);
	allocations = 0;
	fails_at = at;
	status = keychain_add(client, query, reference);
	*ret_failed = allocations >= at;
	fails_at = 0;
	before = atomic_load(&added) - before;
	if (status)
		printf("# allocation %u: %d %s, added: %u\n", at, status, keychain_client_message(client), before);
	keychain_query_free(query);
	keychain_client_free(client);
	return before ? before == 1 && (!status || status == errSecIO) : status == errSecAllocate;
}

static bool try_finding(unsigned int at, bool *ret_failed)
{
	struct keychain_client *client = client_new(LONG);
	struct keychain_items *items = NULL;
	int status;

	allocations = 0;
	fails_at = at;
	status = find(client, KEYCHAIN_RETURN_ATTRIBUTES | KEYCHAIN_RETURN_SECRET, &items);
	*ret_failed = allocations >= at;
	fails_at = 0;
	if (!status)
		keychain_items_free(items);
	keychain_client_free(client);
	return status == errSecAllocate ? !items : !status;
}

static bool try_calling(unsigned int at, bool *ret_failed)
{
	static const char request[] = "{\"op\":\"copy\",\"query\":{\"class\":\"genp\",\"own\":{\"=data\":\"x\"},"
		"\"x\":[1,2.5,null,true,{\"date\":\"2026-11-22T20:00:00.123Z\"},{\"data\":\"c0VjUmVU\"}]}}";
	struct keychain_client *client = client_new(LONG);
	char *answer = NULL;
	size_t length = 0;
	bool good;
	int status;

	allocations = 0;
	fails_at = at;
	status = keychain_call(client, request, sizeof(request) - 1, &answer, &length);
	*ret_failed = allocations >= at;
	fails_at = 0;
	good = status ? status == errSecAllocate && !answer : !strstr(answer, "not JSON") && !strstr(answer, "releases");
	if (!good)
		printf("# allocation %u: %d %s\n", at, status, answer);
	if (!status)
		keychain_text_free(answer, length);
	keychain_client_free(client);
	return good;
}

static void test_memory(const char *what, bool (*attempt)(unsigned int at, bool *ret_failed))
{
	unsigned int at = 1;
	bool failed = true;

	respond = respond_add;
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	for (; failed && at < 1000; at++)
		if (!check(attempt(at, &failed)))
			printf("# allocation %u\n", at);
	check(at > 10 && at < 1000);
	stand_in_stop(&keychaind);
	tap_test("%s: whichever allocation fails, it is said to be that", what);
}

/* ---- processes ---- */

/* With the parent's own number, in a PID namespace inside the parent's. */
static void use_in_children(void)
{
	struct keychain_client *client = client_new(LONG);
	struct keychain_items *items = NULL;
	int status = -1;
	pid_t child;

	if (getpid() != 1 || find(client, 0, &items) != errSecItemNotFound || unshare(CLONE_NEWPID))
		_exit(1);
	child = fork();
	if (!child)
		_exit(getpid() != 1 || find(client, 0, &items) != errSecItemNotFound);
	_exit(waitpid(child, &status, 0) != child || status || find(client, 0, &items) != errSecItemNotFound);
}

static void test_same_number(void)
{
	int status = -1;
	pid_t maker, child;

	respond = respond_target;
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	maker = fork();
	if (!maker) {
		child = unshare(CLONE_NEWPID) ? -1 : fork();
		if (!child)
			use_in_children();
		_exit(waitpid(child, &status, 0) != child || status);
	}
	check(waitpid(maker, &status, 0) == maker && !status);
	check(atomic_load(&keychaind.connections) == 2);
	stand_in_stop(&keychaind);
	tap_test("a child that has its parent's number connects itself");
}

static void test_freed_in_child(void)
{
	struct keychain_client *client = client_new(LONG);
	struct keychain_items *items = NULL;
	int status = -1, pidfd = pidfd_open(getpid(), 0), events = timerfd_create(CLOCK_MONOTONIC, 0);
	pid_t child;

	respond = respond_target;
	stand_in_start(&keychaind, KEYCHAIND, serve_items);
	check(keychain_client_set_behalf(client, pidfd) == 0 && find(client, 0, &items) == errSecItemNotFound);
	child = fork();
	if (!child) {
		for (int i = 3; i < 40; i++)
			if (i != events)
				dup2(events, i);
		keychain_client_free(client);
		for (int i = 3; i < 40; i++)
			if (fcntl(i, F_GETFD) < 0)
				_exit(1);
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child && !status);
	keychain_client_free(client);
	close(pidfd);
	close(events);
	stand_in_stop(&keychaind);
	tap_test("a child that frees its parent's client closes no file of its own");
}

int main(void)
{
	char folder[] = "/tmp/keychaind-library-XXXXXX";

	tap_start();
	if (geteuid()) {
		tap_test("all # SKIP needs root, as the daemons have to be");
		return tap_end();
	}
	if (!mkdtemp(folder) || chdir(folder))
		return 1;
	test_limits();
	test_late_state();
	test_unanswered();
	test_watch();
	test_watch_message();
	test_status();
	test_no_secret();
	test_target();
	test_closing();
	test_pages();
	test_memory("add", try_adding);
	test_memory("find", try_finding);
	test_memory("a request in JSON", try_calling);
	test_same_number();
	test_freed_in_child();
	unlink(KEYBAG_SOCKET);
	unlink(KEYCHAIND);
	rmdir(folder);
	return tap_end();
}
