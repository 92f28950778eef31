// SPDX-License-Identifier: LGPL-2.1-or-later
#include "secret.h"

#include <string.h>
#include <sys/mman.h>

static size_t whole_pages(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

int locked_memory_new(void **ret_memory, size_t size)
{
	size_t length = whole_pages(size);
	void *memory;
	int error;

	if (!size || length < size)
		return -ENOMEM;
	memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	if (mlock(memory, length) < 0) {
		error = errno == EPERM ? -EPERM : -ENOMEM;
		munmap(memory, length);
		return error;
	}
	/* Neither can fail on a private anonymous mapping of a kernel that this project supports. */
	madvise(memory, length, MADV_DONTDUMP);
	madvise(memory, length, MADV_WIPEONFORK);
	*ret_memory = memory;
	return 0;
}

void locked_memory_free(void *memory, size_t size)
{
	if (!memory)
		return;
	explicit_bzero(memory, whole_pages(size));
	munmap(memory, whole_pages(size));
}

int secret_new(struct secret *secret, size_t capacity)
{
	void *memory;
	int result = locked_memory_new(&memory, capacity);

	if (result < 0)
		return result;
	*secret = (struct secret){ .data = memory, .capacity = capacity };
	return 0;
}

void secret_free(struct secret *secret)
{
	locked_memory_free(secret->data, secret->capacity);
	*secret = SECRET_NONE;
}

struct secret secret_take(struct secret *secret)
{
	struct secret taken = *secret;

	*secret = SECRET_NONE;
	return taken;
}
