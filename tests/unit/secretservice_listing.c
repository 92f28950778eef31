// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of items that clients keep, told anew: tried again where they could not be read, and each after a pause of its own.
 */
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "helper/secretservice/client/listed.h"
#include "helper/secretservice/export/announce.h"
#include "helper/secretservice/export/listing.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/lock_state.h"
#include "lib/tap.h"

#define MS	UINT64_C(1000000)

/* The rest of the service: one client, and a keychain that answers as it is told. */
static struct client anna;
static int answer;
static uint64_t clock_ns = 1000 * MS, takes_ns;
static unsigned int searches, told;
static char searched_last[KEYCHAIN_NAME_SIZE];

struct client *clients_first(void)
{
	return &anna;
}

bool client_sees(const struct client *client, const struct client *other)
{
	return client == other;
}

void client_serve(struct client *client)
{
	(void)client;
}

struct client *client_served(void)
{
	return &anna;
}

void library_begin(void)
{
}

bool library_time_is_over(void)
{
	return false;
}

enum lock_state lock_state_now(void)
{
	return LOCK_STATE_UNLOCKED;
}

int item_list_search(struct item_list *list, const char *keychain, const struct attributes *attributes, bool exactly)
{
	(void)list, (void)attributes, (void)exactly;
	searches++;
	snprintf(searched_last, sizeof(searched_last), "%s", keychain);
	clock_ns += takes_ns;
	return strcmp(keychain, "well") ? answer : errSecSuccess;
}

void item_list_sort(struct item_list *list)
{
	(void)list;
}

void item_list_free(struct item_list *list)
{
	(void)list;
}

void announce_items(const struct client *client, const char *keychain, const struct item_list *list)
{
	(void)client, (void)keychain, (void)list;
	told++;
}

void announce_item_changed_to(const struct client *client, const char *keychain, const uint8_t uuid[PATH_UUID_SIZE])
{
	(void)client, (void)keychain, (void)uuid;
}

/* The clock and the loop. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	(void)clock;
	*ret_time = (struct timespec){ .tv_sec = (time_t)(clock_ns / (1000 * MS)), .tv_nsec = (long)(clock_ns % (1000 * MS)) };
	return 0;
}

sd_event *__wrap_sd_bus_get_event(sd_bus *bus);
sd_event *__wrap_sd_bus_get_event(sd_bus *bus)
{
	(void)bus;
	return NULL;
}

static sd_event_time_handler_t armed;
static uint64_t armed_us;

int __wrap_sd_event_add_time(sd_event *loop, sd_event_source **ret_source, clockid_t clock, uint64_t us, uint64_t accuracy,
			     sd_event_time_handler_t handler, void *context);
int __wrap_sd_event_add_time(sd_event *loop, sd_event_source **ret_source, clockid_t clock, uint64_t us, uint64_t accuracy,
			     sd_event_time_handler_t handler, void *context)
{
	(void)loop, (void)clock, (void)accuracy, (void)context;
	armed = handler;
	armed_us = us;
	*ret_source = (sd_event_source *)&armed;
	return 0;
}

sd_event_source *__wrap_sd_event_source_disable_unref(sd_event_source *source);
sd_event_source *__wrap_sd_event_source_disable_unref(sd_event_source *source)
{
	(void)source;
	armed = NULL;
	return NULL;
}

/* Milliseconds until the timer went off; 0: none was set. */
static uint64_t pass_time(void)
{
	uint64_t before_ns = clock_ns;
	sd_event_time_handler_t handler = armed;

	if (!handler)
		return 0;
	if (armed_us * 1000 > clock_ns)
		clock_ns = armed_us * 1000;
	before_ns = (clock_ns - before_ns) / MS;
	handler(NULL, armed_us, NULL);
	return before_ns;
}

static void test_failures(void)
{
	unsigned int rounds;

	listed_note(&anna, "login", true);
	answer = errSecNotAvailable;
	listing_changed("login");
	check(pass_time() == 100 && searches == 1 && !told);
	check(pass_time() == 100 && pass_time() == 200 && pass_time() == 400 && searches == 4);
	answer = errSecSuccess;
	check(pass_time() == 800 && told == 1 && !armed);
	tap_test("a list that could not be read is read again, after longer and longer pauses");

	answer = errSecNotAvailable;
	listing_changed("login");
	for (rounds = 0; armed && rounds < 100; rounds++)
		pass_time();
	check(rounds == 11 && told == 1);
	answer = errSecSuccess;
	listing_changed("login");
	check(pass_time() == 100 && told == 2);
	tap_test("but not for ever, until it changes again");

	answer = errSecMissingEntitlement;
	searches = 0;
	listing_changed("login");
	check(pass_time() == 100 && searches == 1 && !armed);
	tap_test("one that is refused is not");
	answer = errSecSuccess;
	told = 0;
}

static void test_of_others(void)
{
	unsigned int i;

	listed_note(&anna, "well", true);
	answer = errSecIO;
	listing_changed("login");
	for (i = 0; i < 6; i++)
		pass_time();
	listing_changed("well");
	check(pass_time() == 100 && told == 1 && !strcmp(searched_last, "well"));
	check(pass_time() == 3100 && !strcmp(searched_last, "login"));
	answer = errSecSuccess;
	check(pass_time() == 6400 && told == 2 && !armed);
	tap_test("a list that fails keeps no other one waiting");
}

static void test_pause(void)
{
	told = 0;
	takes_ns = 2000 * MS;
	listing_changed("login");
	check(pass_time() == 100 && told == 1);
	takes_ns = 0;
	listing_changed("login");
	check(pass_time() == 18000 && told == 2);
	tap_test("after a list that took long there is a pause");

	takes_ns = 2000 * MS;
	listing_changed("login");
	pass_time();
	takes_ns = 0;
	clock_ns += 60000 * MS;
	listing_changed("well");
	check(pass_time() == 100 && told == 4);
	tap_test("which is over when it is over, not with the next list");
}

int main(void)
{
	tap_start();
	listing_begin(NULL);
	test_failures();
	test_of_others();
	test_pause();
	listed_forget(&anna);
	return tap_end();
}
