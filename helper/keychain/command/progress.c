// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress.h"

#include "helper/common/translate.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CLEAR_LINE	"\r\033[K"

struct progress {
	struct keychain_client *client;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t over;
	bool ends;			/* under the mutex, as the two below */
	uint64_t items;
	bool shown;
};

bool progress_wanted(bool json)
{
	return isatty(STDERR_FILENO) && !json;
}

static void count(void *context, uint64_t items)
{
	struct progress *progress = context;

	pthread_mutex_lock(&progress->mutex);
	progress->items = items;
	pthread_mutex_unlock(&progress->mutex);
}

static void show(struct progress *progress, unsigned int seconds)
{
	fprintf(stderr, CLEAR_LINE);
	if (progress->items)
		fprintf(stderr, translate_count("%llu item, %u s", "%llu items, %u s", progress->items),
			(unsigned long long)progress->items, seconds);
	else
		fprintf(stderr, _("%u s"), seconds);
	fflush(stderr);
	progress->shown = true;
}

static void *run(void *context)
{
	struct progress *progress = context;
	struct timespec next;
	unsigned int seconds = 0;

	clock_gettime(CLOCK_MONOTONIC, &next);
	pthread_mutex_lock(&progress->mutex);
	while (!progress->ends) {
		next.tv_sec++;
		while (!progress->ends && pthread_cond_timedwait(&progress->over, &progress->mutex,
								 &next) != ETIMEDOUT)
			;
		if (!progress->ends)
			show(progress, ++seconds);
	}
	pthread_mutex_unlock(&progress->mutex);
	return NULL;
}

struct progress *progress_start(struct keychain_client *client, bool json)
{
	struct progress *progress = progress_wanted(json) ? calloc(1, sizeof(*progress)) : NULL;
	pthread_condattr_t attributes;

	if (!progress)
		return NULL;
	progress->client = client;
	pthread_mutex_init(&progress->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&progress->over, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&progress->thread, NULL, run, progress)) {
		free(progress);
		return NULL;
	}
	keychain_client_set_progress(client, count, progress);
	return progress;
}

void progress_end(struct progress *progress)
{
	if (!progress)
		return;
	keychain_client_set_progress(progress->client, NULL, NULL);
	pthread_mutex_lock(&progress->mutex);
	progress->ends = true;
	pthread_cond_signal(&progress->over);
	pthread_mutex_unlock(&progress->mutex);
	pthread_join(progress->thread, NULL);
	if (progress->shown)
		fprintf(stderr, CLEAR_LINE);
	pthread_cond_destroy(&progress->over);
	pthread_mutex_destroy(&progress->mutex);
	free(progress);
}
