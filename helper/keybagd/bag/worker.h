/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads for what takes long or waits: KDF, disk, account lookups. Each job has a thread of its own, on
 * a locked stack that is wiped when the job is done: hash functions leave the passcode on theirs.
 */
#ifndef KEYBAGD_WORKER_H
#define KEYBAGD_WORKER_H

#include <pthread.h>
#include <systemd/sd-event.h>

struct worker {
	void (*work)(struct worker *worker);	/* in a thread of its own */
	void (*done)(struct worker *worker);	/* in the main thread, afterwards */
	pthread_t thread;
	void *stack;
	struct worker *next;
};

/* Called once by the main thread. */
int worker_open(sd_event *loop);

/* Starts a thread. Returns 0 or a negative errno, never -EAGAIN, and then neither function is called. */
int worker_start(struct worker *worker);

/* Waits for all threads and calls their done(); before the daemon ends. */
void worker_finish_all(void);

#endif /* KEYBAGD_WORKER_H */
