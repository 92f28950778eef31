/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A thread that nobody joins, and to which no signal of the process comes: those are the main thread's.
 */
#ifndef KEYBAG_COMMON_DETACHED_THREAD_H
#define KEYBAG_COMMON_DETACHED_THREAD_H

#include <stddef.h>

/* Has a new thread call @run(@context), on a stack of @stack bytes. Returns 0 or a negative errno: then there is none. */
int detached_thread_start(void *(*run)(void *context), void *context, size_t stack);

#endif /* KEYBAG_COMMON_DETACHED_THREAD_H */
