// SPDX-License-Identifier: GPL-2.0-or-later
#include "closer.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "helper/common/detached_thread.h"
#include "helper/common/handover.h"

#define STACK_SIZE	(64 * 1024)

/* Connections of all accounts that have too many descriptors to be closed: no user has this number. */
#define OVERFLOW	(UINT64_MAX - 1)

/* A close that lingers waits until a signal comes. */
#define SIGNAL		(SIGRTMIN + 7)
#define MOMENT_NS	1000000

/* Some descriptors of an account, in the order they came. */
struct batch {
	struct batch *next;
	size_t count;
	int descriptors[];
};

/* There is one as long as something is to be closed for it. */
struct closing {
	struct closing *next;
	uint64_t account;
	struct batch *first, **last;
	unsigned int pending;		/* descriptors, that one included which is being closed */
	bool started;			/* it has a thread */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct closing *closings;	/* lock, and all in it */
static unsigned int threads;		/* lock */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void on_signal(int number)
{
	(void)number;
}

/* One that is ignored would interrupt nothing. */
static void take_signal(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGNAL, &action, NULL);
}

/*
 * Again and again: it may come before the wait has begun. What was sent by a connection is closed with it in one go, and
 * one signal that has come holds for all of that.
 */
void closer_within_moments(void (*close_it)(void *what), void *what)
{
	const struct itimerspec often = { { 0, MOMENT_NS }, { 0, MOMENT_NS } };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL };
	sigset_t signals, before;
	timer_t timer;
	bool timed;

	pthread_once(&once, take_signal);
	event._sigev_un._tid = gettid();
	timed = timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
	sigemptyset(&signals);
	sigaddset(&signals, SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &signals, &before);
	if (timed)
		timer_settime(timer, 0, &often, NULL);
	close_it(what);
	if (timed)
		timer_delete(timer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void close_descriptor(void *fd)
{
	close(*(int *)fd);
}

/* lock held. Returns the next descriptor, or -1. */
static int take_next(struct closing *closing)
{
	struct batch *batch = closing->first;
	int fd;

	if (!batch)
		return -1;
	fd = batch->descriptors[--batch->count];
	if (!batch->count) {
		closing->first = batch->next;
		if (!closing->first)
			closing->last = &closing->first;
		free(batch);
	}
	return fd;
}

static void start_others(void);

static uint32_t user_of(uint64_t account)
{
	return (uint32_t)account;
}

/* lock held */
static void end_account(struct closing *closing)
{
	struct closing **place;

	for (place = &closings; *place != closing; place = &(*place)->next)
		;
	*place = closing->next;
	free(closing);
	threads--;
	start_others();
}

static void *close_all(void *context)
{
	struct closing *closing = context;
	int fd;

	pthread_mutex_lock(&lock);
	while ((fd = take_next(closing)) >= 0) {
		pthread_mutex_unlock(&lock);
		handover_release(fd);
		closer_within_moments(close_descriptor, &fd);
		pthread_mutex_lock(&lock);
		closing->pending--;
	}
	end_account(closing);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* lock held. Without memory for a thread it is tried again with the next call. */
static void start(struct closing *closing)
{
	closing->started = detached_thread_start(close_all, closing, STACK_SIZE) == 0;
	threads += closing->started;
}

/* lock held */
static bool may_start(const struct closing *closing)
{
	unsigned int of_user = 0;
	const struct closing *other;

	if (closing->account == OVERFLOW)
		return true;
	/* There may be thousands that wait. */
	if (threads >= CLOSER_THREADS)
		return false;
	for (other = closings; other; other = other->next)
		of_user += other->started && user_of(other->account) == user_of(closing->account);
	return threads + of_user < CLOSER_THREADS;
}

/* lock held */
static void start_others(void)
{
	struct closing *closing;

	for (closing = closings; closing; closing = closing->next)
		if (!closing->started && may_start(closing))
			start(closing);
}

/* lock held. Who came first is started first. NULL: no memory. */
static struct closing *get_account(uint64_t account)
{
	struct closing **place = &closings;
	struct closing *closing;

	while (*place && (*place)->account != account)
		place = &(*place)->next;
	if (*place)
		return *place;
	closing = calloc(1, sizeof(*closing));
	if (!closing)
		return NULL;
	closing->account = account;
	closing->last = &closing->first;
	*place = closing;
	return closing;
}

/* Returns whether they will be closed: there was memory for it. */
static bool hand_over(uint64_t account, const int *descriptors, size_t count)
{
	struct batch *batch = calloc(1, sizeof(*batch) + count * sizeof(int));
	struct closing *closing;
	size_t i;

	if (!batch)
		return false;
	for (i = 0; i < count; i++)
		if (descriptors[i] >= 0)
			batch->descriptors[batch->count++] = descriptors[i];
	pthread_mutex_lock(&lock);
	closing = batch->count ? get_account(account) : NULL;
	if (closing) {
		closing->pending += (unsigned int)batch->count;
		*closing->last = batch;
		closing->last = &batch->next;
		start_others();
	}
	pthread_mutex_unlock(&lock);
	if (closing)
		return true;
	count = batch->count;
	free(batch);
	return !count;
}

void closer_close(uint64_t account, const int *descriptors, size_t count)
{
	size_t i;

	/* Nothing else is done with them here: even setsockopt(2) waits for a socket that its owner has locked. */
	if (account && hand_over(account, descriptors, count))
		return;
	/* Root's; or there was no memory, which nobody can bring about by sending descriptors. */
	for (i = 0; i < count; i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
}

static unsigned int count_of(uint64_t account)
{
	return closer_count(account).of_account;
}

void closer_close_connection(uint64_t account, int fd)
{
	if (!account)
		close(fd);
	else if (!closer_is_full(account))
		closer_close(account, &fd, 1);
	else if (count_of(OVERFLOW) < CLOSER_OVERFLOW)
		closer_close(OVERFLOW, &fd, 1);
	else
		/* Left open: what it costs is a descriptor, and the end of the thread that serves others otherwise. */
		shutdown(fd, SHUT_RDWR);
}

bool closer_is_full(uint64_t account)
{
	struct closer_count count = closer_count(account);

	return account && (count.of_account >= CLOSER_OF_ACCOUNT || count.of_user >= CLOSER_OF_USER);
}

struct closer_count closer_count(uint64_t account)
{
	struct closer_count count = { 0 };
	const struct closing *closing;

	pthread_mutex_lock(&lock);
	start_others();
	for (closing = closings; closing; closing = closing->next) {
		if (closing->account != OVERFLOW)
			count.all += closing->pending;
		if (user_of(closing->account) == user_of(account))
			count.of_user += closing->pending;
		if (closing->account == account)
			count.of_account = closing->pending;
	}
	pthread_mutex_unlock(&lock);
	return count;
}
