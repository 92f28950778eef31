/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory for secrets: own pages, locked, not dumped, empty in a forked child, wiped when released.
 */
#ifndef KEYBAG_COMMON_SECRET_H
#define KEYBAG_COMMON_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

struct secret {
	uint8_t *data;
	size_t length;		/* in use */
	size_t capacity;
};

#define SECRET_NONE ((struct secret){ 0 })

/* Zeroed memory, length 0. Returns 0, -ENOMEM or -EPERM (limit of locked memory). */
int secret_new(struct secret *secret, size_t capacity);

/* Wipes and releases; leaves SECRET_NONE. */
void secret_free(struct secret *secret);

/* Hands the memory over to the caller and leaves SECRET_NONE. */
struct secret secret_take(struct secret *secret);

#define CLEANUP_SECRET CLEANUP(secret_free)

/* The same without a length: whole pages. */
int locked_memory_new(void **ret_memory, size_t size);
void locked_memory_free(void *memory, size_t size);

#endif /* KEYBAG_COMMON_SECRET_H */
