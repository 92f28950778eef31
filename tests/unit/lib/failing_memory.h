/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations that fail, in the thread that says so: the fails_at-th after allocations was set to 0. The program is linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=reallocarray.
 */
#ifndef UNIT_FAILING_MEMORY_H
#define UNIT_FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

static _Thread_local unsigned int allocations, fails_at;	/* 0: none fails */

static bool fails(void)
{
	return fails_at && ++allocations == fails_at;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__real_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
	return fails() ? NULL : __real_reallocarray(memory, count, size);
}

#endif /* UNIT_FAILING_MEMORY_H */
