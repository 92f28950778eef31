// SPDX-License-Identifier: GPL-2.0-or-later
#include "queue.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "connection.h"
#include "events.h"
#include "reply.h"

#define MAX_THREADS	32

static unsigned int threads;
static uint32_t memory_in_use_kib;
static uint64_t next_turn;
static bool stopped;

static void start_next(void);

static void on_work(struct worker *worker)
{
	struct operation *operation = (struct operation *)worker;

	operation->handler->work(operation);
}

/* What became of the keybag. */
static void take_over(struct operation *operation)
{
	struct bag *bag = operation->bag;

	if (operation->knows_facts)
		bag->facts = operation->facts;
	bag->on_disk = operation->on_disk;
	/* One that is gone must not answer to its owner's name. */
	if (operation->erased)
		bag->owner = KEYBAG_UID_NONE;
	bag_watch(bag, operation->loaded);
}

static void on_done(struct worker *worker)
{
	struct operation *operation = (struct operation *)worker;
	struct bag *bag = operation->bag;

	threads--;
	memory_in_use_kib -= operation->memory_kib;
	bag->running = NULL;
	take_over(operation);
	if (operation->handler->finish)
		operation->handler->finish(operation);
	reply_send(operation);
	operation_free(operation);
	bag_put(bag);
	start_next();
}

/* Memory of the dearest KDF it will run; they run one after the other. */
static uint32_t memory_needed(const struct operation *operation)
{
	uint32_t need = 0;

	if (operation->proof_kind == KEYBAG_PROTECTOR_PASSCODE && operation->proof.data)
		need = operation->bag->facts.kdf.memory_kib;
	if (operation->new_passcode && operation->kdf.memory_kib > need)
		need = operation->kdf.memory_kib;
	return need;
}

/* The one that came first among those whose keybag is free; @cheap: that need no KDF memory. */
static struct operation *oldest_first(bool cheap)
{
	struct operation *oldest = NULL;
	struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next) {
		struct operation *first = bag->running ? NULL : bag->first;

		if (!first || (cheap && memory_needed(first)))
			continue;
		if (!oldest || first->turn < oldest->turn)
			oldest = first;
	}
	return oldest;
}

static void start(struct operation *operation)
{
	struct bag *bag = operation->bag;
	int result;

	bag->first = operation->next;
	if (!bag->first)
		bag->last = NULL;
	bag->waiting--;
	bag->running = operation;
	operation->loaded = bag->loaded;
	operation->on_disk = bag->on_disk;
	operation->facts = bag->facts;
	threads++;
	memory_in_use_kib += operation->memory_kib;
	operation->worker.work = on_work;
	operation->worker.done = on_done;
	if (operation->memory_kib > config.memory_limit_kib) {
		result = outcome_fail(&operation->outcome, -ENOMEM,
				      "%s: its passcode takes %u KiB to check, this machine allows "
				      "%u KiB: open it on a larger one, or use the recovery code",
				      operation->label, operation->memory_kib,
				      config.memory_limit_kib);
	} else {
		result = worker_start(&operation->worker);
		if (result < 0)
			outcome_fail_plain(&operation->outcome, result, operation->label);
	}
	if (result < 0)
		on_done(&operation->worker);
}

/*
 * Those with a KDF go strictly in the order of arrival: passing over one that needs more memory than is
 * left would let cheaper ones keep it waiting for ever.
 */
static void start_next(void)
{
	struct operation *operation;
	uint32_t need;

	while (!stopped && threads < MAX_THREADS) {
		operation = oldest_first(false);
		if (!operation)
			return;
		need = memory_needed(operation);
		if (memory_in_use_kib && memory_in_use_kib + need > config.memory_limit_kib) {
			operation = oldest_first(true);
			if (!operation)
				return;
			need = 0;
		}
		operation->memory_kib = need;
		start(operation);
	}
}

int queue_add(struct operation *operation)
{
	struct bag *bag = operation->bag;

	if (bag->waiting >= QUEUE_MAX_WAITING && !operation_privileged(operation))
		return outcome_fail(&operation->outcome, -EDQUOT,
				    "%s: %u requests wait already, try again later",
				    operation->label, bag->waiting);
	operation->turn = next_turn++;
	operation->next = NULL;
	if (bag->last)
		bag->last->next = operation;
	else
		bag->first = operation;
	bag->last = operation;
	bag->waiting++;
	start_next();
	return 0;
}

void queue_add_own(const struct handler *handler, struct bag *bag)
{
	struct operation *operation = operation_new(handler);

	if (!operation)
		return;
	operation_set_bag(operation, bag);
	if (queue_add(operation) < 0)
		operation_free(operation);
}

static void void_unlock(struct operation *operation)
{
	if (operation->handler->properties & UNLOCKS)
		atomic_store(&operation->voided, true);
}

void queue_void_unlocks(struct bag *only)
{
	struct operation *operation;
	struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next) {
		if (only && bag != only)
			continue;
		if (bag->running)
			void_unlock(bag->running);
		for (operation = bag->first; operation; operation = operation->next)
			void_unlock(operation);
	}
}

void queue_stop(void)
{
	struct bag *bag;

	stopped = true;
	for (bag = bag_first(); bag; bag = bag->next) {
		while (bag->first) {
			struct operation *operation = bag->first;

			bag->first = operation->next;
			bag->waiting--;
			connection_forget(operation);
			operation_free(operation);
		}
		bag->last = NULL;
	}
}
