/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structures that may grow at their end: a program may have been built with a shorter or a longer one than the library.
 */
#ifndef LIBKEYBAG_SIZED_H
#define LIBKEYBAG_SIZED_H

#include <stddef.h>
#include <string.h>

/* Gives out of @own what the program has room for; what the library does not know is zero. */
static inline void sized_give(void *ret_structure, size_t size, const void *own, size_t own_size)
{
	memset(ret_structure, 0, size);
	memcpy(ret_structure, own, size < own_size ? size : own_size);
}

#endif /* LIBKEYBAG_SIZED_H */
