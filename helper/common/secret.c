// SPDX-License-Identifier: LGPL-2.1-or-later
#include "secret.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "translate.h"

static size_t whole_pages(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

/*
 * Memory in use. A place without a length is free, or is just being taken: a signal handler passes it over. Memory is
 * taken off before it is unmapped, so that a handler never meets what is not there.
 */
#define LIVE	64

static struct {
	_Atomic(void *) memory;
	atomic_size_t length;
	atomic_int process;	/* a child may not have it, or not for itself */
} live[LIVE];

void locked_memory_note(void *memory, size_t length)
{
	void *none;

	for (size_t i = 0; i < LIVE; i++) {
		none = NULL;
		if (!atomic_compare_exchange_strong(&live[i].memory, &none, memory))
			continue;
		atomic_store(&live[i].process, getpid());
		atomic_store(&live[i].length, length);
		return;
	}
}

void locked_memory_forget(const void *memory)
{
	for (size_t i = 0; i < LIVE; i++) {
		if (atomic_load(&live[i].memory) != memory)
			continue;
		atomic_store(&live[i].length, 0);
		atomic_store(&live[i].memory, NULL);
		return;
	}
}

void locked_memory_wipe_all(void)
{
	for (size_t i = 0; i < LIVE; i++) {
		volatile uint8_t *memory = atomic_load(&live[i].memory);
		size_t length = memory ? atomic_load(&live[i].length) : 0;

		if (atomic_load(&live[i].process) != getpid())
			continue;
		for (size_t at = 0; at < length; at++)
			memory[at] = 0;
	}
}

int locked_memory_new(void **ret_memory, size_t size)
{
	size_t length = whole_pages(size);
	void *memory;

	if (!size || length < size)
		return -ENOMEM;
	memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	if (mlock(memory, length) < 0) {
		munmap(memory, length);
		return -ENOMEM;
	}
	/* Neither can fail on a private anonymous mapping of a kernel that this project supports. */
	madvise(memory, length, MADV_DONTDUMP);
	madvise(memory, length, MADV_WIPEONFORK);
	locked_memory_note(memory, length);
	*ret_memory = memory;
	return 0;
}

void locked_memory_free(void *memory, size_t size)
{
	if (!memory)
		return;
	explicit_bzero(memory, whole_pages(size));
	locked_memory_forget(memory);
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

/* By moving the pages. */
int secret_grow(struct secret *secret, size_t capacity)
{
	size_t length = whole_pages(capacity);
	void *memory;

	if (length < capacity)
		return -ENOMEM;
	locked_memory_forget(secret->data);
	memory = mremap(secret->data, whole_pages(secret->capacity), length, MREMAP_MAYMOVE);
	if (memory == MAP_FAILED) {
		locked_memory_note(secret->data, whole_pages(secret->capacity));
		return -ENOMEM;
	}
	locked_memory_note(memory, length);
	secret->data = memory;
	secret->capacity = capacity;
	return 0;
}

void secret_problem(size_t size, char text[SECRET_PROBLEM_SIZE])
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		snprintf(text, SECRET_PROBLEM_SIZE, "%s", _("out of memory"));
	else
		snprintf(text, SECRET_PROBLEM_SIZE,
			 _("%zu KiB of memory that is never swapped out are needed, and the limit of it is %llu KiB: raise "
			   "it (ulimit -l, limits.conf(5), LimitMEMLOCK= of a unit)"),
			 whole_pages(size) / 1024, (unsigned long long)limit.rlim_cur / 1024);
}

struct secret secret_take(struct secret *secret)
{
	struct secret taken = *secret;

	*secret = SECRET_NONE;
	return taken;
}

bool secret_bytes_equal(const uint8_t *one, const uint8_t *other, size_t length)
{
	volatile uint8_t difference = 0;
	size_t i;

	for (i = 0; i < length; i++)
		difference |= one[i] ^ other[i];
	return !difference;
}

bool secret_equal(const struct secret *one, const struct secret *other)
{
	return one->length == other->length &&
	       secret_bytes_equal(one->data, other->data, one->length);
}

/* Byte by byte: memcpy() would leave it in vector registers. */
static void fill(struct secret *secret, const uint8_t *bytes, size_t length)
{
	volatile uint8_t *to = secret->data;

	for (size_t i = 0; i < length; i++)
		to[i] = bytes[i];
	secret->length = length;
}

int secret_from(const void *bytes, size_t length, struct secret *ret_secret)
{
	int result = secret_new(ret_secret, length ? length : 1);

	if (!result)
		fill(ret_secret, bytes, length);
	return result;
}

int secret_copy(const struct secret *secret, struct secret *ret_copy)
{
	int result = secret_new(ret_copy, secret->capacity);

	if (!result)
		fill(ret_copy, secret->data, secret->length);
	return result;
}
