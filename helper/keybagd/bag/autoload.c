// SPDX-License-Identifier: GPL-2.0-or-later
#include "autoload.h"

#include <errno.h>

#include "daemon/log.h"
#include "keybagd/kernel/device_key.h"
#include "load.h"
#include "queue.h"
#include "room.h"

#define AGAIN_US	1000000ULL

static sd_event_source *again;

static void autoload_work(struct operation *operation)
{
	operation->yields = true;
	load_bag(operation);
}

static const struct handler load = { .name = "load", .work = autoload_work, .finish = load_note_result };

static void autoload(struct bag *bag)
{
	queue_add_own(&load, bag);
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

/* The kernel refuses until the machine is awake. */
static int autoload_on_again(sd_event_source *source, uint64_t time, void *context)
{
	struct request_result failure = { 0 };
	struct bag *bag;

	(void)time;
	(void)context;
	if (device_key_supply(&failure) == -EBUSY) {
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
	int result = sd_event_add_time_relative(loop, &again, CLOCK_MONOTONIC, AGAIN_US, 0, autoload_on_again,
						NULL);

	return result < 0 ? result : sd_event_source_set_enabled(again, SD_EVENT_OFF);
}
