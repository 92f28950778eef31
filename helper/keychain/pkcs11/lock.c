// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lock.h"

#include <pthread.h>
#include <stdint.h>

#include "helper/common/process_mark.h"

/*
 * Made once in each process: in a child the parent's may be held by a thread that is not there. It is never destroyed, as a thread may
 * still wait for it while another finalizes.
 */
static pthread_mutex_t mutex;
static uint64_t made_in;	/* process_mark() of the process that made it; 0: none has */
static CK_C_INITIALIZE_ARGS host;	/* its functions, or none */
static void *host_mutex;

static CK_RV make_own(void)
{
	host = (CK_C_INITIALIZE_ARGS){ 0 };
	if (made_in == process_mark())
		return CKR_OK;
	if (pthread_mutex_init(&mutex, NULL))
		return CKR_CANT_LOCK;
	made_in = process_mark();
	return CKR_OK;
}

CK_RV lock_make(const CK_C_INITIALIZE_ARGS *arguments)
{
	unsigned int functions;

	if (!arguments)
		return make_own();
	functions = !!arguments->CreateMutex + !!arguments->DestroyMutex + !!arguments->LockMutex + !!arguments->UnlockMutex;
	if (arguments->pReserved || (functions && functions != 4))
		return CKR_ARGUMENTS_BAD;
	if (!functions || arguments->flags & CKF_OS_LOCKING_OK)
		return make_own();
	host = *arguments;
	return host.CreateMutex(&host_mutex) == CKR_OK ? CKR_OK : CKR_CANT_LOCK;
}

void lock_destroy(void)
{
	if (host.DestroyMutex)
		host.DestroyMutex(host_mutex);
}

CK_RV lock_take(void)
{
	if (host.LockMutex)
		return host.LockMutex(host_mutex) == CKR_OK ? CKR_OK : CKR_GENERAL_ERROR;
	return pthread_mutex_lock(&mutex) ? CKR_GENERAL_ERROR : CKR_OK;
}

void lock_give(void)
{
	if (host.UnlockMutex)
		host.UnlockMutex(host_mutex);
	else
		pthread_mutex_unlock(&mutex);
}
