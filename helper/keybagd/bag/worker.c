// SPDX-License-Identifier: GPL-2.0-or-later
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "common/registers.h"
#include "common/secret.h"

/* Room for account lookups through NSS modules, and for two sealed forms. */
#define STACK_SIZE	(512 * 1024)

static int wakeup = -1;
static unsigned int running;	/* main thread only */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct worker *finished;	/* mutex */

static void *worker_run(void *argument)
{
	/* Long enough to be switched out: the registers are then saved, over what was saved before. */
	static const struct timespec moment = { .tv_nsec = 1000 };
	struct worker *worker = argument;

	worker->work(worker);
	clear_vector_registers();
	nanosleep(&moment, NULL);
	pthread_mutex_lock(&mutex);
	worker->next = finished;
	finished = worker;
	pthread_mutex_unlock(&mutex);
	eventfd_write(wakeup, 1);
	return NULL;
}

static void worker_collect(void)
{
	struct worker *worker;

	for (;;) {
		pthread_mutex_lock(&mutex);
		worker = finished;
		if (worker)
			finished = worker->next;
		pthread_mutex_unlock(&mutex);
		if (!worker)
			break;
		pthread_join(worker->thread, NULL);
		locked_memory_free(worker->stack, STACK_SIZE);
		running--;
		worker->done(worker);
	}
}

static int on_finished(sd_event_source *source, int fd, uint32_t events, void *context)
{
	eventfd_t count;

	(void)source;
	(void)events;
	(void)context;
	eventfd_read(fd, &count);
	worker_collect();
	return 0;
}

int worker_open(sd_event *loop)
{
	wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wakeup < 0)
		return -errno;
	return sd_event_add_io(loop, NULL, wakeup, POLLIN, on_finished, NULL);
}

static int create_thread(struct worker *worker)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int error;

	error = pthread_attr_init(&attributes);
	if (error)
		return -error;
	error = pthread_attr_setstack(&attributes, worker->stack, STACK_SIZE);
	if (!error) {
		/* A signal handler would put registers on some stack. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		error = pthread_create(&worker->thread, &attributes, worker_run, worker);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attributes);
	return -error;
}

int worker_start(struct worker *worker)
{
	int result = locked_memory_new(&worker->stack, STACK_SIZE);

	if (result < 0)
		return result;
	result = create_thread(worker);
	if (result < 0) {
		locked_memory_free(worker->stack, STACK_SIZE);
		/* No thread is to be had. By its own number it would be read as "too many wrong passcodes". */
		return result == -EAGAIN ? -ENOMEM : result;
	}
	running++;
	return 0;
}

void worker_finish_all(void)
{
	struct pollfd poll_wakeup = { .fd = wakeup, .events = POLLIN };
	eventfd_t count;

	while (running) {
		poll(&poll_wakeup, 1, -1);
		eventfd_read(wakeup, &count);
		worker_collect();
	}
}
