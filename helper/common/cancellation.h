/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pthread_cancel(3) runs no cleanup attributes: what it stopped in the middle would leave secrets and descriptors behind.
 */
#ifndef KEYBAG_COMMON_CANCELLATION_H
#define KEYBAG_COMMON_CANCELLATION_H

#include <pthread.h>

#include "cleanup.h"

static inline int cancellation_hold(void)
{
	int before;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	return before;
}

static inline void cancellation_restore(const int *before)
{
	pthread_setcancelstate(*before, NULL);
}

/* Declared first in a function: until that is left, and the rest is cleaned up, the thread is not cancelled. */
#define NOT_CANCELLED __attribute__((unused)) CLEANUP(cancellation_restore) const int cancellation_before = cancellation_hold()

#endif /* KEYBAG_COMMON_CANCELLATION_H */
