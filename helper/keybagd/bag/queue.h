/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When an operation gets its thread. Main thread only.
 *
 * One at a time a keybag, one KDF at a time a user, all KDFs together within the memory limit. What root asks for, logins
 * above all, goes first, and has half of the memory for itself: KDFs of users' own requests have the other half, and
 * run at a lower priority. Among the same kind keybags take turns: the first is the one that has waited
 * longest since it came, or since the last KDF of that keybag began. So whoever queues many has one turn of each round. A KDF that costs
 * more than users may ask for, which only root can have set, runs by itself among its like.
 */
#ifndef KEYBAGD_QUEUE_H
#define KEYBAGD_QUEUE_H

#include "operation.h"

#define QUEUE_MAX_WAITING	8	/* a keybag, of others than root */
#define QUEUE_THREADS		32
#define QUEUE_THREADS_OF_USERS	24	/* for others than root */

/*
 * Queues it for its keybag; its finish() and operation_end() follow. Returns 0, or -EDQUOT when too many wait,
 * in the result; then the caller still owns it.
 */
int queue_add(struct operation *operation);

/*
 * Starts one at once that is about no keybag; its finish() and operation_end() follow. Returns 0, or an error in the result; then
 * the caller still owns it. For root's: nothing limits their number.
 */
int queue_add_alone(struct operation *operation);

/* queue_add() of something the daemon does by itself, in the name of root. */
void queue_add_own(const struct handler *handler, struct bag *bag);

/*
 * A lock of @only (NULL: of all keybags) is about to be made: unlocks that were asked for before it come to
 * nothing, even those that have not begun their try yet.
 */
void queue_void_unlocks(struct bag *only);

/* All keybags are about to be evicted: what was asked for before neither unlocks nor loads one any more. */
void queue_void_loads(void);

/*
 * The machine is about to sleep. Nothing that carries a secret is to be taken any more, see queue_is_quiet(); as soon as
 * nothing that does is under way, at once where nothing is, @quiet is called, once. NULL: secrets are taken again, and
 * nothing is called.
 */
void queue_quiet(void (*quiet)(void));

/* Whether an operation that carries a secret has to be refused, by -EBUSY: its key would lie in memory during sleep. */
bool queue_is_quiet(void);

/* No thread is started any more; what waits is dropped. */
void queue_stop(void);

#endif /* KEYBAGD_QUEUE_H */
