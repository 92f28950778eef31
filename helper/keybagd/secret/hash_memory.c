// SPDX-License-Identifier: GPL-2.0-or-later
#include "hash_memory.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local bool wiping;

void hash_memory_begin(void)
{
	wiping = true;
}

void hash_memory_end(void)
{
	wiping = false;
}

/* Libraries that are linked find this one before that of libc: it is in the program. */
int munmap(void *memory, size_t length)
{
	if (wiping)
		explicit_bzero(memory, length);
	return (int)syscall(SYS_munmap, memory, length);
}
