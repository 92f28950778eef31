// SPDX-License-Identifier: GPL-2.0-or-later
#include "queue.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bag_events.h"
#include "keybagd/config/config.h"
#include "keybagd/config/kdf_limits.h"
#include "room.h"

/* Niceness of a KDF for a user's own request, beside those of logins. */
#define NICENESS	10

#define NS_PER_S	INT64_C(1000000000)

static_assert(QUEUE_THREADS <= ROOM_IN_USE, "each thread works on a keybag");

static struct operation *running[QUEUE_THREADS];
static uint64_t next_turn;
static bool stopped;
static bool quiet;
static int64_t slept_before;	/* ns that the machine has slept, when it became quiet */
static void (*on_quiet)(void);

static void start_next(void);

static void on_work(struct worker *worker)
{
	struct operation *operation = (struct operation *)worker;

	/* The priority is this thread's alone, and the thread ends with the operation. */
	if (operation->memory_kib && !operation_privileged(operation))
		setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
	operation->handler->work(operation);
}

/* Its place among those that run; NULL: a free one. There is one, or it would not have been started. */
static struct operation **place_of(const struct operation *operation)
{
	size_t i;

	for (i = 0; i < QUEUE_THREADS; i++)
		if (running[i] == operation)
			return &running[i];
	return NULL;
}

/* Takes over what became of the keybag. */
static void take_over(struct operation *operation)
{
	struct bag *bag = operation->bag;

	if (operation->knows_info)
		bag->info = operation->info;
	bag->on_disk = operation->on_disk;
	/* One that is gone must not answer to its owner's name. */
	if (operation->erased)
		bag->owner = KEYBAG_UID_NONE;
	bag_events_follow(bag, operation->loaded);
}

static bool any_secret(void)
{
	const struct operation *operation;
	const struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next) {
		if (bag->running && bag->running->secret)
			return true;
		for (operation = bag->first; operation; operation = operation->next)
			if (operation->secret)
				return true;
	}
	return false;
}

static void tell_quiet(void)
{
	void (*call)(void) = on_quiet;

	if (!call || any_secret())
		return;
	on_quiet = NULL;
	call();
}

static int64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

/* ns since the machine was switched on, and no less, however long this thread does not run in between. */
static int64_t slept_at_most(void)
{
	int64_t awake = now(CLOCK_MONOTONIC);

	return now(CLOCK_BOOTTIME) - awake;
}

/* The same, and no more. */
static int64_t slept_at_least(void)
{
	int64_t all = now(CLOCK_BOOTTIME);

	return all - now(CLOCK_MONOTONIC);
}

void queue_quiet(void (*call)(void))
{
	quiet = call;
	slept_before = slept_at_most();
	on_quiet = call;
	tell_quiet();
}

bool queue_is_quiet(void)
{
	/* logind says that the machine is awake when all has ended that is done then; its user types before that. */
	return quiet && slept_at_least() - slept_before < NS_PER_S / 10;
}

static void on_done(struct worker *worker)
{
	struct operation *operation = (struct operation *)worker;
	struct bag *bag = operation->bag;

	*place_of(operation) = NULL;
	bag->running = NULL;
	room_leave(bag->uuid);
	take_over(operation);
	if (operation->handler->finish)
		operation->handler->finish(operation);
	operation_end(operation, false);
	bag_put(bag);
	tell_quiet();
	start_next();
}

static void add_cost(const struct keybag_kdf *kdf, uint32_t *memory_kib, uint64_t *cost)
{
	if (kdf->memory_kib > *memory_kib)
		*memory_kib = kdf->memory_kib;
	*cost += config_kdf_cost(kdf);
}

/* Memory of the most expensive of its KDFs, which run one after the other, and the cost of all of them. */
static void queue_estimate(struct operation *operation)
{
	uint32_t memory_kib = 0, login_kib = config.memory_limit_kib / 2;
	uint64_t cost = 0;

	if (operation->proof_kind == KEYBAG_PROTECTOR_PASSCODE && operation->proof.data)
		add_cost(&operation->bag->info.kdf, &memory_kib, &cost);
	if (operation->new_passcode)
		add_cost(&operation->kdf, &memory_kib, &cost);
	if (login_kib > LOGIN_PASSWORD_MEMORY_KIB)
		login_kib = LOGIN_PASSWORD_MEMORY_KIB;
	/* A login password is looked at, too. */
	if (operation_privileged(operation) && memory_kib && memory_kib < login_kib)
		memory_kib = login_kib;
	operation->memory_kib = memory_kib;
	operation->expensive = cost > 2 * config_kdf_cost_limit();
}

/* The load of the operations that run now. */
struct load {
	unsigned int threads;
	unsigned int threads_of_users;
	uint32_t memory_kib;
	uint32_t memory_of_users_kib;
	bool expensive;
};

static struct load queue_measure(void)
{
	struct load load = { 0 };
	size_t i;

	for (i = 0; i < QUEUE_THREADS; i++) {
		const struct operation *operation = running[i];

		if (!operation)
			continue;
		load.threads++;
		load.memory_kib += operation->memory_kib;
		load.expensive |= operation->expensive;
		if (operation_privileged(operation))
			continue;
		load.threads_of_users++;
		load.memory_of_users_kib += operation->memory_kib;
	}
	return load;
}

static bool derives_already(uid_t owner)
{
	size_t i;

	for (i = 0; i < QUEUE_THREADS; i++)
		if (running[i] && running[i]->memory_kib && owner != KEYBAG_UID_NONE &&
		    running[i]->bag->owner == owner)
			return true;
	return false;
}

/* In their order: what needs no memory, what root has asked for, the rest. */
enum kind { CHEAP_OF_ROOT, CHEAP, OF_ROOT, OF_USER, KINDS };

static enum kind queue_kind_of(const struct operation *operation)
{
	if (!operation->memory_kib)
		return operation_privileged(operation) ? CHEAP_OF_ROOT : CHEAP;
	return operation_privileged(operation) ? OF_ROOT : OF_USER;
}

static uint64_t waits_since(const struct operation *operation)
{
	const struct bag *bag = operation->bag;

	return operation->memory_kib && bag->derived > operation->turn ? bag->derived :
									 operation->turn;
}

static bool may_run_beside(struct operation *operation, const struct load *load)
{
	if (!operation->memory_kib)
		return true;
	return !(operation->expensive && load->expensive) &&
	       !derives_already(operation->bag->owner);
}

/* Chooses for each kind the operation whose turn it is, among those whose keybag and user are free. */
static void queue_choose(struct operation *ret_first[KINDS], const struct load *load)
{
	struct operation *operation, **first;
	struct bag *bag;

	memset(ret_first, 0, KINDS * sizeof(*ret_first));
	for (bag = bag_first(); bag; bag = bag->next) {
		operation = bag->running ? NULL : bag->first;
		if (!operation)
			continue;
		queue_estimate(operation);
		if (!may_run_beside(operation, load))
			continue;
		first = &ret_first[queue_kind_of(operation)];
		if (!*first || waits_since(operation) < waits_since(*first))
			*first = operation;
	}
}

/* One that needs more than there ever is gets its turn alone, and is refused then. */
static bool queue_fits(const struct operation *operation, uint32_t in_use_kib, uint32_t limit_kib)
{
	return !in_use_kib || in_use_kib + operation->memory_kib <= limit_kib;
}

/*
 * Within a kind nobody is passed over for want of memory: cheaper ones would delay it for ever. For the same
 * reason users wait while root's next one does.
 */
static struct operation *next_operation(void)
{
	struct load load = queue_measure();
	struct operation *first[KINDS];
	bool user_may = load.threads_of_users < QUEUE_THREADS_OF_USERS;

	if (load.threads >= QUEUE_THREADS)
		return NULL;
	queue_choose(first, &load);
	if (first[CHEAP_OF_ROOT])
		return first[CHEAP_OF_ROOT];
	if (first[OF_ROOT] && queue_fits(first[OF_ROOT], load.memory_kib, config.memory_limit_kib))
		return first[OF_ROOT];
	if (first[CHEAP] && user_may)
		return first[CHEAP];
	if (first[OF_USER] && user_may && !first[OF_ROOT] &&
	    queue_fits(first[OF_USER], load.memory_of_users_kib, config.memory_limit_kib / 2) &&
	    queue_fits(first[OF_USER], load.memory_kib, config.memory_limit_kib))
		return first[OF_USER];
	return NULL;
}

static void queue_start(struct operation *operation)
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
	operation->info = bag->info;
	if (operation->memory_kib)
		bag->derived = next_turn++;
	*place_of(NULL) = operation;
	room_enter(bag->uuid);
	operation->worker.work = on_work;
	operation->worker.done = on_done;
	if (operation->memory_kib > config.memory_limit_kib) {
		result = operation_fail(operation, -ENOMEM,
				      "%s: its passcode takes %u KiB to check, this machine allows "
				      "%u KiB: open it on a larger one, or use the recovery code",
				      operation->label, operation->memory_kib,
				      config.memory_limit_kib);
	} else {
		result = worker_start(&operation->worker);
		if (result < 0)
			operation_fail_plain(operation, result);
	}
	if (result < 0)
		on_done(&operation->worker);
}

static void start_next(void)
{
	struct operation *operation;

	while (!stopped && (operation = next_operation()))
		queue_start(operation);
}

/* Root's, logins among them, go before what others wait for. */
static void queue_insert(struct bag *bag, struct operation *operation)
{
	struct operation **place = &bag->first;

	while (*place && (!operation_privileged(operation) || operation_privileged(*place)))
		place = &(*place)->next;
	operation->next = *place;
	*place = operation;
	if (!operation->next)
		bag->last = operation;
	bag->waiting++;
}

int queue_add(struct operation *operation)
{
	struct bag *bag = operation->bag;

	if (bag->waiting >= QUEUE_MAX_WAITING && !operation_privileged(operation))
		return operation_fail(operation, -EDQUOT,
				    "%s: %u requests wait already, try again later",
				    operation->label, bag->waiting);
	operation->turn = next_turn++;
	operation->secret = operation_has_secret(operation);
	queue_insert(bag, operation);
	start_next();
	return 0;
}

static void on_done_alone(struct worker *worker)
{
	struct operation *operation = (struct operation *)worker;

	if (operation->handler->finish)
		operation->handler->finish(operation);
	operation_end(operation, false);
}

int queue_add_alone(struct operation *operation)
{
	int result;

	operation->worker.work = on_work;
	operation->worker.done = on_done_alone;
	result = stopped ? -ECANCELED : worker_start(&operation->worker);
	return result < 0 ? request_result_fail_plain(&operation->result, result, operation->handler->name) : 0;
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
	if (operation->handler->properties & LOCKS_LATE)
		atomic_store(&operation->passed_over, true);
}

static void void_load(struct operation *operation)
{
	atomic_store(&operation->evicted, true);
}

/* For those of @only, NULL: of all keybags, that run or wait. */
static void each_under_way(struct bag *only, void (*call)(struct operation *operation))
{
	struct operation *operation;
	struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next) {
		if (only && bag != only)
			continue;
		if (bag->running)
			call(bag->running);
		for (operation = bag->first; operation; operation = operation->next)
			call(operation);
	}
}

void queue_void_unlocks(struct bag *only)
{
	each_under_way(only, void_unlock);
}

void queue_void_loads(void)
{
	each_under_way(NULL, void_unlock);
	each_under_way(NULL, void_load);
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
			operation_end(operation, true);
		}
		bag->last = NULL;
	}
}
