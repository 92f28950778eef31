// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that is freed is wiped, whoever frees it. Secrets pass through messages, which sd-bus marks as sensitive and wipes at
 * their end, but not what it leaves behind where a message grows; the same goes for libcrypto.
 *
 * These take the place of glibc's functions for the libraries as well, which find them here first.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void __libc_free(void *memory);

void free(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	__libc_free(memory);
}

void *realloc(void *memory, size_t size)
{
	size_t present = memory ? malloc_usable_size(memory) : 0;
	void *other;

	if (memory && !size) {
		free(memory);
		return NULL;
	}
	if (memory && size <= present && size >= present / 2)
		return memory;
	other = malloc(size);
	if (other && memory) {
		memcpy(other, memory, present < size ? present : size);
		free(memory);
	}
	return other;
}

void *reallocarray(void *memory, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(memory, bytes);
}
