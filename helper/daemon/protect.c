// SPDX-License-Identifier: GPL-2.0-or-later
#include "protect.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "common/heap.h"
#include "log.h"

static void raise_limit(__rlimit_resource_t resource, rlim_t wanted)
{
	const struct rlimit higher = { wanted, wanted };
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	/* Over what was its maximum is for the privileged. */
	if (limit.rlim_max >= wanted || setrlimit(resource, &higher) < 0)
		setrlimit(resource, &limit);
}

void raise_limits(rlim_t descriptors)
{
	raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY);
	raise_limit(RLIMIT_NOFILE, descriptors);
}

static void forbid_dumps(void)
{
	static const struct rlimit no_core = { 0, 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &no_core);
}

/* Locking what comes would make memory run out at a limit. */
static bool lock_all(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY &&
	       mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

void protect_memory(void)
{
	forbid_dumps();
	if (!lock_all())
		log_warning("memory is not locked as a whole: raise the limit of locked memory "
			    "(LimitMEMLOCK=infinity); what holds secrets still is");
}

void protect_own_memory(void)
{
	forbid_dumps();
	if (!lock_all())
		heap_lock();
}
