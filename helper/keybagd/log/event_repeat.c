// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_repeat.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "event_log.h"

#define WORDS_SIZE	480

struct repeated {
	struct repeated *next;
	uint8_t uuid[KEYBAG_UUID_SIZE];
	uid_t uid;
	uint32_t number;
	uint64_t end_ns;		/* CLOCK_BOOTTIME, as delays go */
	unsigned int told;
	unsigned int counted;
	char words[WORDS_SIZE];		/* of the last one */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct repeated *all;		/* mutex */
static int timer = -1;

static uint64_t event_repeat_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool is_same(const struct repeated *repeated, const struct event_source *source,
		    const char *words)
{
	size_t kind = strcspn(words, " ");

	return !memcmp(repeated->uuid, source->uuid, KEYBAG_UUID_SIZE) &&
	       repeated->uid == source->uid && repeated->number == source->number &&
	       strcspn(repeated->words, " ") == kind && !strncmp(repeated->words, words, kind);
}

/* mutex held */
static struct repeated *event_repeat_find(const struct event_source *source, const char *words)
{
	struct repeated *repeated;
	uint64_t now = event_repeat_now_ns();

	for (repeated = all; repeated; repeated = repeated->next)
		if (repeated->end_ns > now && is_same(repeated, source, words))
			return repeated;
	repeated = calloc(1, sizeof(*repeated));
	if (!repeated)
		return NULL;
	memcpy(repeated->uuid, source->uuid, KEYBAG_UUID_SIZE);
	repeated->uid = source->uid;
	repeated->number = source->number;
	repeated->end_ns = now + source->while_ns;
	repeated->next = all;
	all = repeated;
	return repeated;
}

/* For the earliest end. mutex held. */
static void set_timer(void)
{
	const struct repeated *repeated;
	struct itimerspec at = { 0 };
	uint64_t first = UINT64_MAX;

	for (repeated = all; repeated; repeated = repeated->next)
		if (repeated->end_ns < first)
			first = repeated->end_ns;
	if (all) {
		at.it_value.tv_sec = (time_t)(first / 1000000000);
		at.it_value.tv_nsec = (long)(first % 1000000000);
	}
	timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

/* Whether this one is told. */
static bool event_repeat_count(const struct event_source *source, const char *words)
{
	struct repeated *repeated;
	bool tell = true;

	pthread_mutex_lock(&mutex);
	repeated = timer >= 0 ? event_repeat_find(source, words) : NULL;
	if (repeated) {
		tell = repeated->told < source->told;
		if (tell)
			repeated->told++;
		else
			repeated->counted++;
		snprintf(repeated->words, sizeof(repeated->words), "%s", words);
		set_timer();
	}
	pthread_mutex_unlock(&mutex);
	return tell;
}

void event_repeat_log(const struct event_source *source, const char *format, ...)
{
	char words[WORDS_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	if (event_repeat_count(source, words))
		event_log("%s", words);
}

/* One whose while is over at @time, taken out of the list; NULL: there is none. */
static struct repeated *event_repeat_take(uint64_t time)
{
	struct repeated **place, *taken = NULL;

	pthread_mutex_lock(&mutex);
	for (place = &all; *place && (*place)->end_ns > time; place = &(*place)->next)
		;
	if (*place) {
		taken = *place;
		*place = taken->next;
	}
	set_timer();
	pthread_mutex_unlock(&mutex);
	return taken;
}

static void tell_counts(uint64_t time)
{
	struct repeated *repeated;

	while ((repeated = event_repeat_take(time))) {
		if (repeated->counted)
			event_log("%s repeated=%u", repeated->words, repeated->counted);
		free(repeated);
	}
}

static int event_repeat_on_end(sd_event_source *source, int fd, uint32_t happened, void *context)
{
	uint64_t times;

	(void)source;
	(void)happened;
	(void)context;
	if (read(fd, &times, sizeof(times)) == sizeof(times))
		tell_counts(event_repeat_now_ns());
	return 0;
}

int event_repeat_open(sd_event *loop)
{
	timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timer < 0)
		return -errno;
	return sd_event_add_io(loop, NULL, timer, EPOLLIN, event_repeat_on_end, NULL);
}

void event_repeat_close(void)
{
	tell_counts(UINT64_MAX);
}
