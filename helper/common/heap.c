// SPDX-License-Identifier: LGPL-2.1-or-later
#include "heap.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HEAP_SIZE	(1U << 20)
#define LARGEST_BLOCK	(4 << 20)	/* that is taken from the heap, not mapped by itself */
#define PART_OF_LIMIT	4		/* the rest is for secrets on their way */

static uintptr_t heap_start;

static bool allowed(void)
{
	struct rlimit limit;

	return !getrlimit(RLIMIT_MEMLOCK, &limit) &&
	       (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur / PART_OF_LIMIT >= HEAP_SIZE);
}

void heap_lock(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start;
	void *room;

	heap_start = (uintptr_t)syscall(SYS_brk, 0);
	if (!allowed())
		return;
	mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK);
	/* The program keeps memory that it frees. */
	mallopt(M_TRIM_THRESHOLD, -1);
	room = malloc(HEAP_SIZE);
	if (!room)
		return;
	start = (uintptr_t)room / page * page;
	/* Page by page, as it is used. Without it the program works all the same. */
	mlock2((void *)start, HEAP_SIZE, MLOCK_ONFAULT);
	free(room);
}

/* Asked of the kernel: sbrk(3) is none of the functions that a signal handler may call. */
void heap_wipe(void)
{
	uintptr_t end = heap_start ? (uintptr_t)syscall(SYS_brk, 0) : 0;

	for (uintptr_t at = heap_start; at < end; at++)
		*(volatile unsigned char *)at = 0;
}
