/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deadlines of clients: nanoseconds on CLOCK_MONOTONIC. UINT64_MAX: never.
 */
#ifndef HELPER_DEADLINE_H
#define HELPER_DEADLINE_H

#include <stdint.h>

uint64_t deadline_now(void);

/* The end of @limit_ns from now; UINT64_MAX: never. */
uint64_t deadline_after(uint64_t limit_ns);

/* The time until then; 0: it is over; UINT64_MAX: it never comes. */
uint64_t deadline_left(uint64_t deadline);

/* Waits for poll(2) @events. Returns 0, -ETIMEDOUT, or -ECONNRESET: the peer is gone, and there is nothing to read. */
int deadline_poll(int fd, short events, uint64_t deadline);

/* Sleeps a moment, not past @deadline. Returns 0 or -ETIMEDOUT. */
int deadline_pause(uint64_t deadline);

#endif /* HELPER_DEADLINE_H */
