/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread of the test that is held inside the kernel, in the middle of a command: at the first
 * message it authenticates while the module keybag_hold is loaded.
 */
#ifndef KEYBAG_SELFTEST_HOLD_H
#define KEYBAG_SELFTEST_HOLD_H

#include <pthread.h>
#include <stdbool.h>

/* Loads keybag_hold. Returns 0, -ENOENT where it was not built or there are no kprobes, or another errno. */
int hold_load(void);
/* Unloads it: nobody may be held. */
int hold_unload(void);

/*
 * Has the calling thread be held from now on. In the middle of a data operation it does not sleep, so
 * the test needs a processor of its own.
 */
void hold_me(void);

/* Waits until it is. False after @milliseconds. */
bool hold_wait(int milliseconds);

/* Lets it go on. */
void hold_release(void);

/* An operation in flight: a thread that is held in CHILD_MAC. */
struct held {
	int fd;
	int child;		/* open there */
	pthread_t thread;
	int result;
};

/*
 * Begins it on the last processor and leaves the others to the caller, and to threads made from then
 * on. Returns 0, or a negative errno: -ENXIO where there is one processor.
 */
int held_begin(struct held *held, int fd, int child);

/* Lets it go on, and returns what it returned. */
int held_end(struct held *held);

#endif /* KEYBAG_SELFTEST_HOLD_H */
