/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory for secrets: own pages, locked, not dumped, empty in a forked child, wiped when released.
 */
#ifndef KEYBAG_COMMON_SECRET_H
#define KEYBAG_COMMON_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

struct secret {
	uint8_t *data;
	size_t length;		/* in use */
	size_t capacity;
};

#define SECRET_NONE ((struct secret){ 0 })

/* Zeroed memory, length 0. Returns 0 or -ENOMEM (over the limit of locked memory, too). */
int secret_new(struct secret *secret, size_t capacity);

/*
 * More room, what is in use stays and is copied nowhere. Returns 0 or -ENOMEM, and then @secret is as
 * it was.
 */
int secret_grow(struct secret *secret, size_t capacity);

/* Why there was no memory for a secret of @size bytes, with the remedy; part of a sentence. */
#define SECRET_PROBLEM_SIZE 200
void secret_problem(size_t size, char text[SECRET_PROBLEM_SIZE]);

/* Wipes and releases; leaves SECRET_NONE. */
void secret_free(struct secret *secret);

/* Hands the memory over to the caller and leaves SECRET_NONE. */
struct secret secret_take(struct secret *secret);

/* One of these bytes, be they none. Returns 0 or -ENOMEM. */
int secret_from(const void *bytes, size_t length, struct secret *ret_secret);

/* Another one of the same content. Returns 0 or -ENOMEM. */
int secret_copy(const struct secret *secret, struct secret *ret_copy);

/* Whether both have the same content, in a time that tells their lengths alone. */
bool secret_equal(const struct secret *one, const struct secret *other);
/* The same of @length bytes each. */
bool secret_bytes_equal(const uint8_t *one, const uint8_t *other, size_t length);

#define CLEANUP_SECRET CLEANUP(secret_free)

/* The same without a length: whole pages. */
int locked_memory_new(void **ret_memory, size_t size);
void locked_memory_free(void *memory, size_t size);

/* Other memory that locked_memory_wipe_all() has to reach, and its end: to be forgotten before it is unmapped. */
void locked_memory_note(void *memory, size_t length);
void locked_memory_forget(const void *memory);

/*
 * Wipes all of it that is in use by this process, secrets with it, for a signal that ends the program (ending.h): the first 64
 * pieces, and not one that is just being made, moved or given back. A library has a list of its own (keybag_memory_wipe()).
 */
void locked_memory_wipe_all(void);

#endif /* KEYBAG_COMMON_SECRET_H */
