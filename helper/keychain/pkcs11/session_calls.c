// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sessions, login, and random numbers.
 */
#include <errno.h>
#include <sys/random.h>

#include "module.h"

static CK_RV open_session(CK_FLAGS flags, CK_SESSION_HANDLE *handle)
{
	struct session *session;
	CK_RV rv;

	if (!handle)
		return CKR_ARGUMENTS_BAD;
	if (!(flags & CKF_SERIAL_SESSION))
		return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
	rv = token_present();
	if (rv == CKR_OK)
		rv = session_new(&session);
	if (rv != CKR_OK)
		return rv;
	session->read_write = flags & CKF_RW_SESSION;
	*handle = session->handle;
	return CKR_OK;
}

CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *handle)
{
	CK_RV rv = module_enter_slot(slot);

	(void)application;
	(void)notify;
	return rv == CKR_OK ? module_leave(open_session(flags, handle)) : rv;
}

CK_RV C_CloseSession(CK_SESSION_HANDLE handle)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	if (rv != CKR_OK)
		return rv;
	session_close(session);
	return module_leave(CKR_OK);
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
	CK_RV rv = module_enter_slot(slot);

	if (rv != CKR_OK)
		return rv;
	session_close_all();
	return module_leave(CKR_OK);
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO *info)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	if (rv != CKR_OK)
		return rv;
	if (!info)
		return module_leave(CKR_ARGUMENTS_BAD);
	*info = (CK_SESSION_INFO){ .slotID = MODULE_SLOT, .flags = CKF_SERIAL_SESSION | (session->read_write ? CKF_RW_SESSION : 0) };
	if (session->read_write)
		info->state = session_logged_in() ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION;
	else
		info->state = session_logged_in() ? CKS_RO_USER_FUNCTIONS : CKS_RO_PUBLIC_SESSION;
	return module_leave(CKR_OK);
}

/*
 * Nothing needs a login. One that is asked for says whether the keychain is open; there is no PIN, and one that is given is not
 * looked at.
 */
static CK_RV login(CK_USER_TYPE user)
{
	CK_RV rv;

	switch (user) {
	case CKU_USER:
		break;
	case CKU_CONTEXT_SPECIFIC:
		return CKR_OPERATION_NOT_INITIALIZED;
	default:
		return CKR_USER_TYPE_INVALID;
	}
	if (session_logged_in())
		return CKR_USER_ALREADY_LOGGED_IN;
	rv = token_unlocked();
	if (rv == CKR_OK)
		session_set_logged_in(true);
	/* Not one of the results that C_Login() may have. */
	return rv == CKR_USER_NOT_LOGGED_IN ? CKR_FUNCTION_FAILED : rv == CKR_TOKEN_NOT_PRESENT ? CKR_DEVICE_REMOVED : rv;
}

CK_RV C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, unsigned char *pin, CK_ULONG length)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	(void)pin;
	(void)length;
	return rv == CKR_OK ? module_leave(login(user)) : rv;
}

CK_RV C_Logout(CK_SESSION_HANDLE handle)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	if (rv != CKR_OK)
		return rv;
	if (!session_logged_in())
		return module_leave(CKR_USER_NOT_LOGGED_IN);
	session_set_logged_in(false);
	return module_leave(CKR_OK);
}

CK_RV C_SeedRandom(CK_SESSION_HANDLE handle, unsigned char *seed, CK_ULONG length)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	(void)seed;
	(void)length;
	return rv == CKR_OK ? module_leave(CKR_RANDOM_SEED_NOT_SUPPORTED) : rv;
}

/* By the kernel, so that no state is needed here. */
static CK_RV fill_random(unsigned char *bytes, CK_ULONG length)
{
	ssize_t got;

	if (!bytes && length)
		return CKR_ARGUMENTS_BAD;
	while (length) {
		got = getrandom(bytes, length, 0);
		if (got < 0 && errno != EINTR)
			return CKR_DEVICE_ERROR;
		if (got > 0) {
			bytes += got;
			length -= (CK_ULONG)got;
		}
	}
	return CKR_OK;
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE handle, unsigned char *bytes, CK_ULONG length)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	return rv == CKR_OK ? module_leave(fill_random(bytes, length)) : rv;
}
