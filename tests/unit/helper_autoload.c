// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads that keybagd makes by itself: as far as there is room, and again where the directory of accounts had no answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "keybagd/bag/autoload.h"
#include "keybagd/bag/load.h"
#include "keybagd/bag/queue.h"
#include "keybagd/bag/room.h"
#include "keybagd/kernel/device_key.h"
#include "lib/tap.h"

/* The rest of keybagd. */
static int taken;
static int answer;		/* of accounts; 0: each has its own */
static bool one_silent;		/* the directory of one of them */
static unsigned int queued, loaded, asked;
static uint8_t asked_last;
static uint64_t waits_us;

int room_taken(void)
{
	return taken;
}

int device_key_supply_main(struct request_result *ret_result)
{
	(void)ret_result;
	return 0;
}

static unsigned int keys_asked;
static int key_error;
static void (*key_returned)(void);

int device_key_supply(struct request_result *ret_result)
{
	keys_asked++;
	ret_result->error = key_error;
	if (!key_error)
		key_returned();
	return key_error;
}

void device_key_on_return(void (*returned)(void))
{
	key_returned = returned;
}

static struct worker *working;

int worker_start(struct worker *worker)
{
	check(!working);
	working = worker;
	return 0;
}

static void run_worker(void)
{
	struct worker *worker = working;

	check(worker);
	working = NULL;
	worker->work(worker);
	worker->done(worker);
}

int load_bag(struct operation *operation)
{
	bool of_departed = operation->bag->owner == 7;
	bool of_silent = operation->bag->owner == 2 && one_silent;
	int result = answer ? answer : of_silent ? -EIO : of_departed ? -EOWNERDEAD : 0;

	check(operation->yields);
	asked++;
	asked_last = operation->bag->uuid[0];
	operation->result.error = result;
	operation->owner_unanswered = result < 0;
	operation->loaded = !result;
	return result;
}

void load_note_result(struct operation *operation)
{
	operation->bag->loaded = operation->loaded;
	if (operation->loaded)
		operation->bag->ask_again = false;
	loaded += operation->loaded;
}

static struct operation *waiting[64];

void queue_add_own(const struct handler *handler, struct bag *bag)
{
	struct operation *operation = calloc(1, sizeof(*operation));

	check(operation != NULL);
	operation->handler = handler;
	operation->bag = bag;
	waiting[queued++] = operation;
}

static void run_queue(void)
{
	unsigned int i;

	for (i = 0; i < queued; i++) {
		waiting[i]->handler->work(waiting[i]);
		waiting[i]->handler->finish(waiting[i]);
		free(waiting[i]);
	}
	queued = 0;
}

int __real_sd_event_source_set_time_relative(sd_event_source *source, uint64_t us);
int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t us);
int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t us)
{
	waits_us = us;
	return __real_sd_event_source_set_time_relative(source, 0);
}

/* All that is due now. */
static void pass_time(sd_event *loop)
{
	check(sd_event_run(loop, 1000000) > 0);
	run_queue();
}

static void make_bag(uint8_t number, uint32_t type, uid_t owner)
{
	uint8_t uuid[KEYBAG_UUID_SIZE] = { number };
	struct bag *bag = bag_get(uuid);

	check(bag != NULL);
	bag->type = type;
	bag->owner = owner;
	bag->on_disk = true;
}

static void forget_all(void)
{
	struct bag *bag;

	while ((bag = bag_first())) {
		bag->on_disk = bag->loaded = false;
		bag_put(bag);
	}
	loaded = asked = 0;
}

static void test_room(void)
{
	uint8_t i;

	for (i = 1; i <= 5; i++)
		make_bag(i, KEYBAG_TYPE_USER, i);
	make_bag(6, KEYBAG_TYPE_SYSTEM, KEYBAG_UID_NONE);
	make_bag(8, KEYBAG_TYPE_USER, 8);
	make_bag(9, KEYBAG_TYPE_USER, 8);
	taken = KEYBAG_MAX_BAGS - 3;
	autoload_all();
	check(queued == 3 && waiting[0]->bag->uuid[0] == 6);
	run_queue();
	check(loaded == 3);
	tap_test("no more are loaded than there is room for, the system's first");
	forget_all();

	taken = 0;
	for (i = 1; i <= 5; i++)
		make_bag(i, KEYBAG_TYPE_USER, i);
	make_bag(8, KEYBAG_TYPE_USER, 8);
	make_bag(9, KEYBAG_TYPE_USER, 8);
	autoload_all();
	run_queue();
	check(loaded == 5);
	tap_test("of two of one user neither is");
	forget_all();
}

static void test_ask_again(sd_event *loop)
{
	uint8_t i;

	for (i = 1; i <= 9; i++)
		make_bag(i, KEYBAG_TYPE_USER, i);
	answer = -EIO;
	autoload_all();
	run_queue();
	check(asked == 9 && !loaded);
	asked = 0;
	pass_time(loop);
	check(asked == 1 && asked_last == 1 && !loaded && waits_us == 20000000);
	pass_time(loop);
	check(asked == 2 && asked_last == 2 && !loaded && waits_us == 40000000);
	tap_test("while the directory is down it is asked by one keybag at a time, more and more seldom");

	answer = 0;
	one_silent = true;
	for (i = 0; i < 2; i++) {
		pass_time(loop);
		while (queued)
			run_queue();
	}
	check(loaded == 7);
	tap_test("one of another directory, which stays silent, is in nobody's way");
	forget_all();

	one_silent = false;
	for (i = 1; i <= 9; i++)
		make_bag(i, KEYBAG_TYPE_USER, i);
	answer = -EIO;
	autoload_all();
	run_queue();
	answer = 0;
	asked = 0;
	pass_time(loop);
	while (queued)
		run_queue();
	check(asked == 9 && loaded == 8);
	tap_test("when it answers all are loaded but that of an account which it lacks");

	asked = 0;
	for (i = 0; i < 20; i++)
		pass_time(loop);
	check(asked == 20 && asked_last == 7 && waits_us == 600000000);
	tap_test("which is asked for again, every ten minutes at last");
	forget_all();
}

/* A TPM that refuses at start. */
static void test_key(sd_event *loop)
{
	const struct request_result refused = { .error = -ENODEV, .text = "the TPM refuses" };

	answer = 0;
	/* Timers of the tests before. */
	while (sd_event_run(loop, 0) > 0)
		continue;
	make_bag(1, KEYBAG_TYPE_USER, 1);
	make_bag(2, KEYBAG_TYPE_USER, 2);
	autoload_when_key(&refused);
	check(!queued && !working && waits_us == 10000000 && bag_first()->why_not.error == -ENODEV);
	key_error = -ENODEV;
	pass_time(loop);
	check(!keys_asked && working);
	run_worker();
	check(keys_asked == 1 && !queued && waits_us == 20000000);
	pass_time(loop);
	key_error = 0;
	run_worker();
	pass_time(loop);
	check(keys_asked == 2 && loaded == 2);
	tap_test("without the device key nothing is tried, and all are loaded when it is there");
	forget_all();

	make_bag(1, KEYBAG_TYPE_USER, 1);
	autoload_when_key(&refused);
	key_returned();
	while (!loaded)
		pass_time(loop);
	key_returned();
	check(sd_event_run(loop, 0) >= 0 && loaded == 1 && !queued);
	tap_test("also when somebody else has asked for it, and once");
	forget_all();

	working = NULL;
	autoload_compare_key();
	check(working && keys_asked == 2);
	run_worker();
	check(keys_asked == 3 && !queued);
	tap_test("a key that the kernel has is compared by a thread of its own");
}

int main(void)
{
	sd_event *loop = NULL;

	tap_start();
	check(sd_event_default(&loop) >= 0 && autoload_open(loop) >= 0);
	test_room();
	test_ask_again(loop);
	test_key(loop);
	sd_event_unref(loop);
	return tap_end();
}
