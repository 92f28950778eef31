// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library while memory runs out: no page of an iterator and no event of a watch is lost, whichever allocation
 * fails. The service is a stand-in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/library/answer.h"
#include "helper/keychain/library/exchange.h"
#include "libkeybag/keybag.h"
#include "tests/unit/lib/failing_memory.h"
#include "tests/unit/lib/tap.h"

#define PAGES	3
#define OF_PAGE	4

/* ---- the service ---- */

static unsigned int events_left;
static int connection = -1;	/* where an event comes */

static struct value *must(struct value *value)
{
	if (!value)
		abort();
	return value;
}

static bool endless;	/* each page leads to the first one */

/* A page after the cursor, which is the number of the page. */
static struct value *answer_page(const struct value *request)
{
	unsigned int page = (unsigned int)value_as_integer(value_get(value_get(request, "options"), "cursor"));
	struct value *answer = must(value_dictionary()), *found = must(value_array());

	for (unsigned int i = 0; i < OF_PAGE; i++) {
		struct value *item = must(value_dictionary());

		value_set(item, "port", value_integer(page * OF_PAGE + i));
		value_append(found, item);
	}
	value_set(answer, "status", value_integer(0));
	value_set(answer, "result", found);
	if (endless || page + 1 < PAGES)
		value_set(answer, "cursor", value_integer(endless ? 0 : page + 1));
	return answer;
}

static struct value *answer_events(void)
{
	struct value *answer = must(value_dictionary()), *events = must(value_array());

	for (; events_left; events_left--) {
		struct value *event = must(value_dictionary());

		value_set(event, "event", value_string("removed"));
		value_set(event, "class", value_string("genp"));
		value_set(event, "agrp", value_string("group"));
		value_set(event, "v_PersistentRef", value_data("12345678901234567890", KEYCHAIN_REFERENCE_SIZE));
		value_append(events, event);
	}
	value_set(answer, "status", value_integer(0));
	value_set(answer, "result", events);
	return answer;
}

/* The stand-ins have all the memory that they want. */
static struct value *answer(const struct value *request)
{
	unsigned int before = fails_at;
	struct value *made;

	fails_at = 0;
	made = request ? answer_page(request) : answer_events();
	fails_at = before;
	return made;
}

struct value *client_exchange_page(struct keychain_client *client, const struct value *request)
{
	(void)client;
	return answer(request);
}

struct value *client_exchange(struct keychain_client *client, const struct value *request)
{
	(void)request;
	connection = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	client->socket = owned_descriptor_of(connection);
	return answer(NULL);
}

void client_disconnect(struct keychain_client *client)
{
	owned_descriptor_close(&client->socket);
}

/* It answers at once what it is asked on a new connection. */
int client_connect(struct keychain_client *client, uint64_t patience_ns, uint64_t deadline)
{
	(void)patience_ns;
	(void)deadline;
	if (client->socket.number < 0) {
		connection = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
		client->socket = owned_descriptor_of(connection);
	}
	return 0;
}

int client_post(struct keychain_client *client, const struct value *request, struct handover *file, uint64_t deadline)
{
	(void)client;
	(void)request;
	(void)file;
	(void)deadline;
	return 0;
}

struct value *client_failed(const struct keychain_client *client, int failure)
{
	(void)client;
	return answer_new(failure == -ENOMEM ? errSecAllocate : errSecInternal, "");
}

int client_collect(struct keychain_client *client, uint64_t deadline, struct value **ret_answer)
{
	eventfd_t count;

	(void)deadline;
	if (eventfd_read(client->socket.number, &count))
		return -ETIMEDOUT;
	*ret_answer = answer(NULL);
	return 0;
}

int keybag_watch_new_within(const struct keybag_whose *whose, uint64_t limit_ns, struct keybag_watch **ret_watch)
{
	(void)whose;
	(void)limit_ns;
	(void)ret_watch;
	return -ENOENT;
}

void keybag_watch_free(struct keybag_watch *watch)
{
	(void)watch;
}

int keybag_watch_fd(const struct keybag_watch *watch)
{
	(void)watch;
	return -1;
}

int keybag_watch_next_sized(struct keybag_watch *watch, uint64_t limit_ns, void *ret_event, size_t size)
{
	(void)watch;
	(void)limit_ns;
	(void)ret_event;
	(void)size;
	return -ENOENT;
}

/* ---- the library ---- */

/* Whether all items came, once and in order; *ret_failed: an allocation did. */
static bool iterate(unsigned int at, bool *ret_failed)
{
	struct keychain_client *client = NULL;
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	struct keychain_iterator *iterator = NULL;
	struct keychain_items *items = NULL;
	int64_t next = 0;
	bool good = keychain_client_new(&client) == 0 &&
		    keychain_iterate(client, query, KEYCHAIN_RETURN_ATTRIBUTES, &iterator) == 0;

	*ret_failed = false;
	allocations = 0;
	fails_at = at;
	while (good) {
		struct keychain_items *before = items;
		int status = keychain_iterator_next(iterator, &items);

		if (status) {
			*ret_failed = true;
			good = status == errSecAllocate && items == before;
			continue;
		}
		if (!items)
			break;
		for (size_t i = 0; i < keychain_items_count(items); i++)
			good &= keychain_items_number(items, i, KEYCHAIN_PORT) == next++;
		keychain_items_free(items);
	}
	*ret_failed |= allocations >= at;
	fails_at = 0;
	keychain_iterator_free(iterator);
	keychain_query_free(query);
	keychain_client_free(client);
	return good && next == PAGES * OF_PAGE;
}

static void test_iterator(void)
{
	unsigned int at = 1;
	bool failed = true;

	for (; failed && at < 10000; at++)
		if (!check(iterate(at, &failed)))
			printf("# allocation %u\n", at);
	check(at > 10 && at < 10000);
	tap_test("an iterator: whichever allocation fails, the same page comes again");
}

static void test_endless(void)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	struct keychain_iterator *iterator = NULL;
	struct keychain_client *client = NULL;
	struct keychain_items *items = NULL;

	endless = true;
	check(keychain_client_new(&client) == 0 && keychain_iterate(client, query, 0, &iterator) == 0);
	check(keychain_iterator_next(iterator, &items) == 0 && keychain_items_count(items) == OF_PAGE);
	keychain_items_free(items);
	items = NULL;
	check(keychain_iterator_next(iterator, &items) == errSecInternal && !items);
	endless = false;
	keychain_iterator_free(iterator);
	keychain_query_free(query);
	keychain_client_free(client);
	tap_test("an iterator: a page that leads to itself is the end");
}

/* Whether @count events were told, or that anything may have changed. */
static bool told(struct keychain_watch *watch, unsigned int count)
{
	struct keychain_event event = { 0 };
	unsigned int found = 0;
	bool anything = false;
	int status;

	do {
		status = keychain_watch_next(watch, 0, &event);
		found += event.kind == KEYCHAIN_EVENT_REMOVED;
		anything |= event.kind == KEYCHAIN_EVENT_ANYTHING;
	} while (status || event.kind);
	return anything || found == count;
}

static bool watch_events(unsigned int at, bool *ret_failed)
{
	struct keychain_client *client = NULL;
	struct keychain_watch *watch = NULL;
	struct keychain_event event;
	bool good = keychain_client_new(&client) == 0;

	keychain_client_choose_system(client);
	events_left = 0;
	good &= keychain_watch_new(client, &watch) == 0 && keychain_watch_next(watch, 0, &event) == 0 && !event.kind;
	events_left = 3;
	allocations = 0;
	fails_at = at;
	good &= eventfd_write(connection, 1) == 0 && told(watch, 3);
	*ret_failed = allocations >= at;
	fails_at = 0;
	keychain_watch_free(watch);
	keychain_client_free(client);
	return good;
}

static void test_watch(void)
{
	unsigned int at = 1;
	bool failed = true;

	for (; failed && at < 10000; at++)
		if (!check(watch_events(at, &failed)))
			printf("# allocation %u\n", at);
	check(at > 10 && at < 10000);
	tap_test("a watch: whichever allocation fails, an event is told, or that anything may have changed");
}

int main(void)
{
	tap_start();
	test_iterator();
	test_endless();
	test_watch();
	return tap_end();
}
