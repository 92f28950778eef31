// SPDX-License-Identifier: GPL-2.0-or-later
#include "closer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define STACK_SIZE	(64 * 1024)

struct closing {
	struct closing *next;
	uint64_t account;
	bool started;		/* by whoever holds the lock */
	atomic_bool ended;	/* by its thread, as the last thing it does */
	size_t count;
	int descriptors[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct closing *closings;

static void *close_all(void *context)
{
	struct closing *closing = context;

	for (size_t i = 0; i < closing->count; i++)
		close(closing->descriptors[i]);
	atomic_store(&closing->ended, true);
	return NULL;
}

/* Without memory for a thread it is tried again with the next call. */
static void start(struct closing *closing)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;

	if (pthread_attr_init(&attributes))
		return;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	closing->started = !pthread_create(&thread, &attributes, close_all, closing);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
}

/* Forgets those that have ended, starts those that could not be. */
static void tend(void)
{
	struct closing **place = &closings;

	while (*place) {
		struct closing *closing = *place;

		if (atomic_load(&closing->ended)) {
			*place = closing->next;
			free(closing);
			continue;
		}
		if (!closing->started)
			start(closing);
		place = &closing->next;
	}
}

static void close_here(const int *descriptors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
}

void closer_close(uint64_t account, const int *descriptors, size_t count)
{
	struct closing *closing = account ? calloc(1, sizeof(*closing) + count * sizeof(int)) : NULL;

	if (!closing) {
		close_here(descriptors, count);
		return;
	}
	closing->account = account;
	for (size_t i = 0; i < count; i++)
		if (descriptors[i] >= 0)
			closing->descriptors[closing->count++] = descriptors[i];
	pthread_mutex_lock(&lock);
	if (closing->count) {
		closing->next = closings;
		closings = closing;
	} else {
		free(closing);
	}
	tend();
	pthread_mutex_unlock(&lock);
}

unsigned int closer_pending(uint64_t account, unsigned int *ret_all)
{
	unsigned int of_one = 0;

	*ret_all = 0;
	pthread_mutex_lock(&lock);
	tend();
	for (const struct closing *closing = closings; closing; closing = closing->next) {
		++*ret_all;
		of_one += closing->account == account;
	}
	pthread_mutex_unlock(&lock);
	return of_one;
}
