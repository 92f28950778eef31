// SPDX-License-Identifier: GPL-2.0-or-later
#include "last_close.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "helper/common/detached_thread.h"

#define STACK_SIZE	(64 * 1024)

/* Common to the two threads. The last one to leave it frees it. */
struct shared {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;	/* the thread has its own descriptors; or it has none, and is about to end */
	bool closed;	/* @action has returned */
	atomic_int users;
};

static void leave(struct shared *shared)
{
	if (atomic_fetch_sub(&shared->users, 1) > 1)
		return;
	pthread_cond_destroy(&shared->changed);
	pthread_mutex_destroy(&shared->lock);
	free(shared);
}

static void tell(struct shared *shared, bool *what)
{
	pthread_mutex_lock(&shared->lock);
	*what = true;
	pthread_cond_signal(&shared->changed);
	pthread_mutex_unlock(&shared->lock);
}

static void wait_for(struct shared *shared, const bool *what)
{
	pthread_mutex_lock(&shared->lock);
	while (!*what)
		pthread_cond_wait(&shared->changed, &shared->lock);
	pthread_mutex_unlock(&shared->lock);
}

/* The kernel closes what it has as it ends, and does not let what ends wait for the other end of a socket. */
static void *hold(void *context)
{
	struct shared *shared = context;
	bool own = unshare(CLONE_FILES) == 0;

	tell(shared, &shared->open);
	if (own)
		wait_for(shared, &shared->closed);
	leave(shared);
	return NULL;
}

static struct shared *make(void)
{
	struct shared *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return NULL;
	pthread_mutex_init(&shared->lock, NULL);
	pthread_cond_init(&shared->changed, NULL);
	shared->users = 2;
	return shared;
}

void last_close_elsewhere(void (*action)(void *context), void *context)
{
	struct shared *shared = make();

	if (shared && detached_thread_start(hold, shared, STACK_SIZE) == 0) {
		wait_for(shared, &shared->open);
	} else {
		/* No thread leaves it. */
		free(shared);
		shared = NULL;
	}
	action(context);
	if (!shared)
		return;
	tell(shared, &shared->closed);
	leave(shared);
}
