// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page that the kernel empties in a child says that it is one; the counter beside it, which the child has from its
 * parent, then makes a mark that none of its forefathers has.
 */
#include "process_mark.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint64_t *mark;		/* NULL: there is no page */
static _Atomic uint64_t last;

static void make_page(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	if (madvise(page, size, MADV_WIPEONFORK) < 0)
		munmap(page, size);
	else
		mark = page;
}

uint64_t process_mark(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint64_t present = 0;

	pthread_once(&once, make_page);
	if (!mark)
		return (uint64_t)getpid();
	present = atomic_load(mark);
	if (!present && atomic_compare_exchange_strong(mark, &present, atomic_fetch_add(&last, 1) + 1))
		present = atomic_load(mark);
	return present;
}
