// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "helper/common/process_mark.h"

/*
 * Made once in each process: in a child the parent's may be held by a thread that is not there. It is never destroyed, as a thread may
 * still wait for it while another finalizes.
 */
static pthread_mutex_t mutex;
static uint64_t made_in;	/* process_mark() of the process that made it; 0: none has */
/* Whether the host's functions are used; it changes under @mutex alone. */
static atomic_bool by_host;
static CK_C_INITIALIZE_ARGS host;
static void *host_mutex;

static CK_RV make_own(void)
{
	if (made_in == process_mark())
		return CKR_OK;
	if (pthread_mutex_init(&mutex, NULL))
		return CKR_CANT_LOCK;
	made_in = process_mark();
	return CKR_OK;
}

/* A thread that has waited for @mutex since before gives it back, as it has taken it, first. */
static CK_RV use(bool functions_of_host)
{
	if (pthread_mutex_lock(&mutex))
		return CKR_CANT_LOCK;
	atomic_store(&by_host, functions_of_host);
	pthread_mutex_unlock(&mutex);
	return CKR_OK;
}

CK_RV lock_make(const CK_C_INITIALIZE_ARGS *arguments)
{
	unsigned int functions;
	CK_RV rv = make_own();

	if (rv != CKR_OK)
		return rv;
	if (!arguments)
		return use(false);
	functions = !!arguments->CreateMutex + !!arguments->DestroyMutex + !!arguments->LockMutex + !!arguments->UnlockMutex;
	if (arguments->pReserved || (functions && functions != 4))
		return CKR_ARGUMENTS_BAD;
	if (!functions || arguments->flags & CKF_OS_LOCKING_OK)
		return use(false);
	host = *arguments;
	return host.CreateMutex(&host_mutex) == CKR_OK ? use(true) : CKR_CANT_LOCK;
}

void lock_destroy(void)
{
	if (atomic_load(&by_host))
		host.DestroyMutex(host_mutex);
}

CK_RV lock_take(void)
{
	if (atomic_load(&by_host))
		return host.LockMutex(host_mutex) == CKR_OK ? CKR_OK : CKR_GENERAL_ERROR;
	if (pthread_mutex_lock(&mutex))
		return CKR_GENERAL_ERROR;
	if (!atomic_load(&by_host))
		return CKR_OK;
	pthread_mutex_unlock(&mutex);
	return CKR_CRYPTOKI_NOT_INITIALIZED;
}

void lock_give(void)
{
	if (atomic_load(&by_host))
		host.UnlockMutex(host_mutex);
	else
		pthread_mutex_unlock(&mutex);
}
