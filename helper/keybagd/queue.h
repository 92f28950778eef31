/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When an operation gets its thread: one at a time a keybag, all KDFs together within the memory limit,
 * first come, first served. Main thread only.
 */
#ifndef KEYBAGD_QUEUE_H
#define KEYBAGD_QUEUE_H

#include "operation.h"

#define QUEUE_MAX_WAITING	8	/* a keybag, of others than root */

/*
 * Queues it for its keybag; its finish() and the reply follow. Returns 0, or -EDQUOT when too many wait,
 * in the outcome; then the caller still owns it.
 */
int queue_add(struct operation *operation);

/* The same of something the daemon does by itself, in the name of root. */
void queue_add_own(const struct handler *handler, struct bag *bag);

/*
 * A lock of @only (NULL: of all keybags) is about to be made: unlocks that were asked for before it come to
 * nothing, even those that have not begun their try yet.
 */
void queue_void_unlocks(struct bag *only);

/* No thread is started any more; what waits is dropped. */
void queue_stop(void);

#endif /* KEYBAGD_QUEUE_H */
