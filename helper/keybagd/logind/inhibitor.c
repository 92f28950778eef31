// SPDX-License-Identifier: GPL-2.0-or-later
#include "inhibitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/detached_thread.h"
#include "daemon/closer.h"
#include "daemon/name_owner.h"
#include "daemon/system_bus.h"
#include "logind_bus.h"

#define ANSWER_US	25000000ULL
#define STACK_SIZE	(256 * 1024)

/* Those whose connection never closes, for a file of FUSE that somebody has sent there. */
#define THREADS		64

/* There is no answer. */
#define NOTHING		(-ECANCELED)

/* A thread asks this, and frees it. */
struct question {
	unsigned int number;
	char logind[NAME_OWNER_SIZE];
};

static int held = -1;
static struct question asked;		/* the last one */
static void (*call_failed)(int error);
static int wakeup = -1;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int awaited;		/* lock. Number of the question whose answer is awaited; 0: of none */
static int answer = NOTHING;		/* lock. A descriptor or a negative errno */
static unsigned int threads;		/* lock */

/* Returns a descriptor or a negative errno. */
static int call(sd_bus *bus, const char *logind)
{
	CLEANUP(bus_message_unref) sd_bus_message *question = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	int fd, result;

	result = sd_bus_message_new_method_call(bus, &question, logind, LOGIND_OBJECT, LOGIND_MANAGER, "Inhibit");
	if (result >= 0)
		result = sd_bus_message_append(question, "ssss", "sleep", "keybagd", "Locks keybags", "delay");
	if (result >= 0)
		result = sd_bus_call(bus, question, ANSWER_US, NULL, &reply);
	if (result >= 0 && !bus_message_is_from(reply, logind))
		result = -EPERM;
	if (result >= 0)
		result = sd_bus_message_read(reply, "h", &fd);
	if (result < 0)
		return result;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

static void give(unsigned int number, int result)
{
	bool wanted;

	pthread_mutex_lock(&lock);
	wanted = number == awaited;
	if (wanted) {
		awaited = 0;
		answer = result;
	}
	pthread_mutex_unlock(&lock);
	if (wanted)
		eventfd_write(wakeup, 1);
	else if (result >= 0)
		close(result);
}

/* Closes also the descriptors that others have sent. */
static void close_bus(void *bus)
{
	sd_bus_close_unref(bus);
}

static void *inhibitor_ask(void *context)
{
	struct question *question = context;
	sd_bus *bus = NULL;
	int result = system_bus_new(true, &bus);

	if (result >= 0)
		result = sd_bus_start(bus);
	if (result >= 0)
		result = call(bus, question->logind);
	give(question->number, result);
	closer_within_moments(close_bus, bus);
	free(question);
	pthread_mutex_lock(&lock);
	threads--;
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* lock held: the thread is counted before it can count itself out. */
static int start(void)
{
	CLEANUP_FREE struct question *question = malloc(sizeof(*question));
	int result;

	if (!question || threads >= THREADS)
		return -ENOMEM;
	*question = asked;
	result = detached_thread_start(inhibitor_ask, question, STACK_SIZE);
	if (result < 0)
		return result;
	question = NULL;
	threads++;
	return 0;
}

static int on_given(sd_event_source *source, int fd, uint32_t events, void *context)
{
	eventfd_t count;
	int result;

	(void)source;
	(void)events;
	(void)context;
	if (eventfd_read(fd, &count) < 0)
		return 0;
	pthread_mutex_lock(&lock);
	result = answer;
	answer = NOTHING;
	pthread_mutex_unlock(&lock);
	if (result >= 0)
		held = result;
	else if (result != NOTHING)
		call_failed(result);
	return 0;
}

int inhibitor_open(sd_event *loop, void (*failed)(int error))
{
	call_failed = failed;
	wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wakeup < 0)
		return -errno;
	return sd_event_add_io(loop, NULL, wakeup, POLLIN, on_given, NULL);
}

void inhibitor_take(const char *logind)
{
	int result = 0;

	if (held >= 0)
		return;
	pthread_mutex_lock(&lock);
	/* Another logind than the one before does not know of that question. */
	if (answer < 0 && (!awaited || strcmp(asked.logind, logind))) {
		snprintf(asked.logind, sizeof(asked.logind), "%s", logind);
		asked.number++;
		result = start();
		awaited = result < 0 ? 0 : asked.number;
	}
	pthread_mutex_unlock(&lock);
	if (result < 0)
		call_failed(result);
}

void inhibitor_let(void)
{
	pthread_mutex_lock(&lock);
	awaited = 0;
	if (answer >= 0)
		close(answer);
	answer = NOTHING;
	pthread_mutex_unlock(&lock);
	if (held >= 0)
		close(held);
	held = -1;
}
