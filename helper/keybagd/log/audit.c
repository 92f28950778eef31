// SPDX-License-Identifier: GPL-2.0-or-later
#include "audit.h"

#include <libaudit.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log.h"

#define WAITING_MOST	64

static struct waiting {
	int type;
	char text[AUDIT_TEXT_SIZE];
} waiting[WAITING_MOST];

static unsigned int first, count, dropped;
static bool ending, running;
static int audit = -1;
static pthread_t sender;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

/* Takes the oldest one. False: it is time to end. */
static bool next_record(struct waiting *ret_record, unsigned int *ret_dropped)
{
	bool found;

	pthread_mutex_lock(&mutex);
	while (!count && !ending)
		pthread_cond_wait(&changed, &mutex);
	found = count;
	if (found) {
		*ret_record = waiting[first];
		first = (first + 1) % WAITING_MOST;
		count--;
	}
	*ret_dropped = dropped;
	dropped = 0;
	pthread_mutex_unlock(&mutex);
	return found;
}

static void *send_records(void *context)
{
	struct waiting record;
	unsigned int lost;
	bool told = false;

	while (next_record(&record, &lost)) {
		if (audit_log_user_message(audit, record.type, record.text, NULL, NULL, NULL, 0) < 0 &&
		    !told) {
			log_warning("the kernel refuses audit records: %s (said once)", strerror(errno));
			told = true;
		}
		if (lost)
			log_warning("%u audit records were dropped: the kernel did not take them in time",
				    lost);
	}
	return context;
}

void audit_start(void)
{
	audit = audit_open();
	if (audit < 0)
		return;
	running = pthread_create(&sender, NULL, send_records, NULL) == 0;
	if (!running)
		log_warning("no thread for audit records: there will be none");
}

void audit_stop(void)
{
	struct timespec limit;

	if (!running)
		return;
	pthread_mutex_lock(&mutex);
	ending = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mutex);
	clock_gettime(CLOCK_MONOTONIC, &limit);
	limit.tv_sec++;
	pthread_clockjoin_np(sender, NULL, CLOCK_MONOTONIC, &limit);
	running = false;
}

void audit_failure(int type, const char *text)
{
	struct waiting *record;

	if (!running)
		return;
	pthread_mutex_lock(&mutex);
	if (count < WAITING_MOST) {
		record = &waiting[(first + count) % WAITING_MOST];
		record->type = type;
		snprintf(record->text, sizeof(record->text), "op=keybag %s", text);
		count++;
		pthread_cond_signal(&changed);
	} else {
		dropped++;
	}
	pthread_mutex_unlock(&mutex);
}
