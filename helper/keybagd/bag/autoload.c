// SPDX-License-Identifier: GPL-2.0-or-later
#include "autoload.h"

#include <errno.h>

#include "keybagd/kernel/device_key.h"
#include "load.h"
#include "queue.h"

#define AGAIN_US	1000000ULL

static sd_event_source *again;

static void autoload_work(struct operation *operation)
{
	load_bag(operation);
}

static const struct handler load = { .name = "load", .work = autoload_work, .finish = load_note_result };

void autoload(struct bag *bag)
{
	queue_add_own(&load, bag);
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
	int result = sd_event_add_time_relative(loop, &again, CLOCK_MONOTONIC, AGAIN_US, 0, autoload_on_again,
						NULL);

	return result < 0 ? result : sd_event_source_set_enabled(again, SD_EVENT_OFF);
}
