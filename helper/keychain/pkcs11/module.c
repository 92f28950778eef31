// SPDX-License-Identifier: LGPL-2.1-or-later
#include "module.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "helper/common/process_mark.h"
#include "lock.h"

/* process_mark() of the process that has called C_Initialize(); 0: none. A child inherits its parent's, which is not its own. */
static _Atomic uint64_t owner;
/* The same while a thread is in C_Initialize() or C_Finalize(). */
static _Atomic uint64_t changing;
/* Whether a thread is in a call: in a child, that one may have left things half-done. */
static atomic_bool busy;
static int cancel_state;	/* of the thread in the call, before it */

/*
 * A mark of another process is that of a thread that does not exist here. Who waits sleeps: C_Finalize() may wait for the keychain, and a
 * thread with priority that only yields would never let it go on.
 */
static void begin_change(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t mark = process_mark(), found = atomic_load(&changing);

	while (found == mark || !atomic_compare_exchange_weak(&changing, &found, mark)) {
		if (found == mark)
			nanosleep(&pause, NULL);
		found = atomic_load(&changing);
	}
}

static CK_RV end_change(CK_RV rv)
{
	atomic_store(&changing, 0);
	return rv;
}

static void close_all(void)
{
	session_close_all();
	object_forget_all();
	token_close();
	crypto_close();
}

/* Closes the things of the parent where they are whole; the parent's own ones stay as they are. */
static void leave_parent(void)
{
	if (!atomic_load(&owner))
		return;
	if (atomic_load(&busy)) {
		session_abandon_all();
		object_abandon_all();
		token_abandon();
		crypto_abandon();
	} else {
		close_all();
	}
	atomic_store(&busy, false);
	atomic_store(&owner, 0);
}

CK_RV C_Initialize(void *arguments)
{
	CK_RV rv;

	begin_change();
	if (atomic_load(&owner) == process_mark())
		return end_change(CKR_CRYPTOKI_ALREADY_INITIALIZED);
	leave_parent();
	rv = lock_make(arguments);
	if (rv != CKR_OK)
		return end_change(rv);
	rv = token_open();
	if (rv == CKR_OK)
		atomic_store(&owner, process_mark());
	else
		lock_destroy();
	return end_change(rv);
}

CK_RV C_Finalize(void *reserved)
{
	CK_RV rv;

	if (reserved)
		return CKR_ARGUMENTS_BAD;
	begin_change();
	rv = module_enter();
	if (rv != CKR_OK)
		return end_change(rv);
	close_all();
	atomic_store(&owner, 0);
	module_leave(CKR_OK);
	lock_destroy();
	return end_change(CKR_OK);
}

CK_RV module_enter(void)
{
	uint64_t mark = process_mark();
	int before;
	CK_RV rv;

	if (atomic_load(&owner) != mark)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	rv = lock_take();
	/* It may have been finalized meanwhile. */
	if (rv == CKR_OK && atomic_load(&owner) != mark) {
		lock_give();
		rv = CKR_CRYPTOKI_NOT_INITIALIZED;
	}
	if (rv != CKR_OK) {
		pthread_setcancelstate(before, NULL);
		return rv;
	}
	cancel_state = before;
	atomic_store(&busy, true);
	return CKR_OK;
}

CK_RV module_leave(CK_RV rv)
{
	int before = cancel_state;

	atomic_store(&busy, false);
	lock_give();
	pthread_setcancelstate(before, NULL);
	return rv;
}

CK_RV module_enter_session(CK_SESSION_HANDLE handle, struct session **ret_session)
{
	CK_RV rv = module_enter();

	if (rv != CKR_OK)
		return rv;
	*ret_session = session_by_handle(handle);
	return *ret_session ? CKR_OK : module_leave(CKR_SESSION_HANDLE_INVALID);
}

CK_RV module_enter_slot(CK_SLOT_ID slot)
{
	CK_RV rv = module_enter();

	return rv == CKR_OK && slot != MODULE_SLOT ? module_leave(CKR_SLOT_ID_INVALID) : rv;
}

void module_pad(unsigned char *field, size_t size, const char *text)
{
	size_t length = strlen(text);

	memset(field, ' ', size);
	memcpy(field, text, length < size ? length : size);
}

CK_RV C_GetInfo(CK_INFO *info)
{
	CK_RV rv = module_enter();

	if (rv != CKR_OK)
		return rv;
	if (!info)
		return module_leave(CKR_ARGUMENTS_BAD);
	*info = (CK_INFO){
		.cryptokiVersion = MODULE_STANDARD, .libraryVersion = MODULE_VERSION,
	};
	module_pad(info->manufacturerID, sizeof(info->manufacturerID), MODULE_MANUFACTURER);
	module_pad(info->libraryDescription, sizeof(info->libraryDescription), "Keychain");
	return module_leave(CKR_OK);
}
