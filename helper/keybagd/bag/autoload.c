// SPDX-License-Identifier: GPL-2.0-or-later
#include "autoload.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#include "daemon/log.h"
#include "keybagd/kernel/device_key.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/store.h"
#include "load.h"
#include "queue.h"
#include "room.h"
#include "worker.h"

#define AGAIN_US	1000000ULL

/* From one to the other, twice as long each time: a directory that starts after keybagd is there soon, one that is cut off later. */
#define ASK_FIRST_US	10000000ULL
#define ASK_LAST_US	600000000ULL

static sd_event_source *again;
static sd_event_source *ask;
static uint64_t ask_us = ASK_FIRST_US;
static unsigned int ask_round;		/* how often @ask went off */
static uint8_t asked[KEYBAG_UUID_SIZE];	/* the last one that was tried, in this round or before */

static void autoload_work(struct operation *operation)
{
	operation->yields = true;
	load_bag(operation);
}

static void ask_later(void)
{
	int enabled = SD_EVENT_OFF;

	if (sd_event_source_get_enabled(ask, &enabled) >= 0 && enabled != SD_EVENT_OFF)
		return;
	sd_event_source_set_time_relative(ask, ask_us);
	sd_event_source_set_enabled(ask, SD_EVENT_ONESHOT);
}

static void note_late(struct operation *operation)
{
	load_note_result(operation);
	if (!operation->loaded && operation->owner_unanswered)
		operation->bag->ask_again = true;
}

static void autoload_finish(struct operation *operation)
{
	note_late(operation);
	if (operation->bag->ask_again)
		ask_later();
}

static const struct handler load = { .name = "load", .work = autoload_work, .finish = autoload_finish };

static void autoload(struct bag *bag)
{
	queue_add_own(&load, bag);
}

static const struct handler load_late;

static bool waits_for_owner(const struct bag *bag)
{
	return bag->ask_again && bag->on_disk && !bag->loaded;
}

/*
 * One at a time, by UUID: a directory that does not answer keeps one thread busy, and no login waits. A round that ends there
 * leaves the others to the next, which goes on behind it: accounts of one directory do not wait for another.
 */
static void ask_next(void)
{
	struct bag *bag, *first = NULL, *next = NULL;
	bool any = false;

	for (bag = bag_first(); bag; bag = bag->next) {
		if (!waits_for_owner(bag))
			continue;
		any = true;
		if (bag->asked_in == ask_round)
			continue;
		if (!first)
			first = bag;
		if (!next && memcmp(bag->uuid, asked, sizeof(asked)) > 0)
			next = bag;
	}
	if (!next)
		next = first;
	if (next) {
		next->asked_in = ask_round;
		memcpy(asked, next->uuid, sizeof(asked));
		queue_add_own(&load_late, next);
	} else if (any) {
		ask_later();
	}
}

static void autoload_finish_late(struct operation *operation)
{
	note_late(operation);
	/* "No such account" says nothing about the others; no answer says that there is hardly one for them either. */
	if (operation->bag->ask_again && operation->result.error != -EOWNERDEAD)
		ask_later();
	else
		ask_next();
}

static const struct handler load_late = { .name = "load", .work = autoload_work, .finish = autoload_finish_late };

static int autoload_on_ask(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	(void)context;
	ask_us = ask_us < ASK_LAST_US / 2 ? ask_us * 2 : ASK_LAST_US;
	ask_round++;
	ask_next();
	return 0;
}

/* Whether it is one to load. Two of one user would be in each other's way: neither is loaded unless somebody names it. */
static bool autoload_wants(const struct bag *bag)
{
	struct bag *only;

	if (bag->loaded || !bag->on_disk)
		return false;
	if (!bag->type || bag_find_of(bag->type, bag->owner, &only) != -ENOTUNIQ)
		return true;
	log_error("uid %u has more than one keybag in the folder: see 'keybagctl list'", bag->owner);
	return false;
}

/* Those of the system (@system) or of users. Returns how many have no room. */
static unsigned int autoload_as_far(bool system, int *room)
{
	unsigned int without = 0;
	struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next) {
		if ((bag->type == KEYBAG_TYPE_SYSTEM) != system || !autoload_wants(bag))
			continue;
		if (*room > 0)
			autoload(bag);
		else
			without++;
		(*room)--;
	}
	return without;
}

void autoload_all(void)
{
	int taken = room_taken(), room = KEYBAG_MAX_BAGS - (taken < 0 ? 0 : taken);
	unsigned int without = autoload_as_far(true, &room);

	without += autoload_as_far(false, &room);
	if (without)
		log_notice("the kernel holds %u keybags at a time: %u more are loaded when somebody asks for them",
			   KEYBAG_MAX_BAGS, without);
}

static sd_event_source *key_timer;
static uint64_t key_us = ASK_FIRST_US;
static bool waits_for_key;
static int key_is_back = -1;		/* written by any thread */
static struct request_result key_failure;	/* the worker's, until it is done */

/* Whoever looks at one of them is told. */
static void note_no_key(const struct request_result *failure)
{
	struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next) {
		if (bag->loaded || !bag->on_disk)
			continue;
		bag->why_not = *failure;
		bag->why_not_of = store_stamp(bag->uuid, FORM_SUFFIX);
	}
}

static void ask_for_key_later(void)
{
	sd_event_source_set_time_relative(key_timer, key_us);
	sd_event_source_set_enabled(key_timer, SD_EVENT_ONESHOT);
	key_us = key_us < ASK_LAST_US / 2 ? key_us * 2 : ASK_LAST_US;
}

static void key_work(struct worker *worker)
{
	(void)worker;
	key_failure = (struct request_result){ 0 };
	device_key_supply(&key_failure);
}

/* Its success is told by @key_is_back, as that of others. */
static void key_done(struct worker *worker)
{
	(void)worker;
	if (key_failure.error && waits_for_key) {
		note_no_key(&key_failure);
		ask_for_key_later();
	} else if (key_failure.error) {
		log_error("%s", key_failure.text);
	}
}

static struct worker key_worker = { .work = key_work, .done = key_done };

static int autoload_on_key_timer(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	(void)context;
	if (waits_for_key && worker_start(&key_worker) < 0)
		ask_for_key_later();
	return 0;
}

static int autoload_on_key(sd_event_source *source, int fd, uint32_t events, void *context)
{
	eventfd_t count;

	(void)source;
	(void)events;
	(void)context;
	eventfd_read(fd, &count);
	if (!waits_for_key)
		return 0;
	waits_for_key = false;
	sd_event_source_set_enabled(key_timer, SD_EVENT_OFF);
	log_notice("the device key is there again: keybags are loaded");
	autoload_all();
	return 0;
}

static void tell_key_is_back(void)
{
	eventfd_write(key_is_back, 1);
}

void autoload_when_key(const struct request_result *why_not)
{
	waits_for_key = true;
	key_us = ASK_FIRST_US;
	note_no_key(why_not);
	ask_for_key_later();
}

void autoload_compare_key(void)
{
	int result = worker_start(&key_worker);

	if (result < 0)
		log_warning("whether the device key is the kernel's is not looked at: %s", keybag_error_text(result));
}

static int open_key_sources(sd_event *loop)
{
	int result;

	key_is_back = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (key_is_back < 0)
		return -errno;
	result = sd_event_add_io(loop, NULL, key_is_back, POLLIN, autoload_on_key, NULL);
	if (result >= 0)
		result = sd_event_add_time_relative(loop, &key_timer, CLOCK_MONOTONIC, ASK_FIRST_US, 0, autoload_on_key_timer, NULL);
	if (result >= 0)
		result = sd_event_source_set_enabled(key_timer, SD_EVENT_OFF);
	device_key_on_return(tell_key_is_back);
	return result;
}

/* The kernel refuses until the machine is awake; somebody else may be at the key. */
static int autoload_on_again(sd_event_source *source, uint64_t time, void *context)
{
	struct request_result failure = { 0 };
	struct bag *bag;

	(void)time;
	(void)context;
	if (device_key_supply_main(&failure) == -EBUSY) {
		sd_event_source_set_time_relative(source, AGAIN_US);
		return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	}
	for (bag = bag_first(); bag; bag = bag->next) {
		if (bag->load_again)
			autoload(bag);
		bag->load_again = false;
	}
	return 0;
}

void autoload_again(struct bag *bag)
{
	bag->load_again = true;
	sd_event_source_set_time_relative(again, AGAIN_US);
	sd_event_source_set_enabled(again, SD_EVENT_ONESHOT);
}

void autoload_never(void)
{
	struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next)
		bag->load_again = false;
	sd_event_source_set_enabled(again, SD_EVENT_OFF);
}

int autoload_open(sd_event *loop)
{
	int result = open_key_sources(loop);

	if (result >= 0)
		result = sd_event_add_time_relative(loop, &again, CLOCK_MONOTONIC, AGAIN_US, 0, autoload_on_again, NULL);
	if (result >= 0)
		result = sd_event_source_set_enabled(again, SD_EVENT_OFF);
	if (result >= 0)
		result = sd_event_add_time_relative(loop, &ask, CLOCK_MONOTONIC, ASK_FIRST_US, 0, autoload_on_ask, NULL);
	return result < 0 ? result : sd_event_source_set_enabled(ask, SD_EVENT_OFF);
}
