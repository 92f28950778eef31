// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "helper/keychain/certificate/crypto_memory.h"

static void *allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return size ? malloc(size) : NULL;
}

static void release(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* Never realloc(3), which leaves the old bytes where they were. */
static void *reallocate(void *memory, size_t size, const char *file, int line)
{
	size_t old = memory ? malloc_usable_size(memory) : 0;
	void *new;

	if (!size) {
		release(memory, file, line);
		return NULL;
	}
	if (size <= old)
		return memory;
	new = malloc(size);
	if (!new)
		return NULL;
	if (old)
		memcpy(new, memory, old);
	release(memory, file, line);
	return new;
}

int crypto_memory_wipe(void)
{
	return CRYPTO_set_mem_functions(allocate, reallocate, release) ? 0 : -EALREADY;
}
