// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Signing, verifying and decrypting: the calls. What they do is in operation.h.
 */
#include "module.h"

static struct operation *operation_of(struct session *session, CK_FLAGS flag)
{
	return flag == CKF_SIGN ? &session->sign : flag == CKF_VERIFY ? &session->verify : &session->decrypt;
}

static CK_RV begin(CK_SESSION_HANDLE handle, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_FLAGS flag)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	if (rv != CKR_OK)
		return rv;
	if (!mechanism || (mechanism->ulParameterLen && !mechanism->pParameter))
		return module_leave(CKR_ARGUMENTS_BAD);
	return module_leave(operation_begin(operation_of(session, flag), mechanism, key, flag));
}

/* Enters a call for an operation that was begun. */
static CK_RV enter(CK_SESSION_HANDLE handle, CK_FLAGS flag, bool arguments, struct operation **ret_operation)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	if (rv != CKR_OK)
		return rv;
	*ret_operation = operation_of(session, flag);
	if (!(*ret_operation)->active)
		return module_leave(CKR_OPERATION_NOT_INITIALIZED);
	if (arguments)
		return CKR_OK;
	operation_end(*ret_operation);
	return module_leave(CKR_ARGUMENTS_BAD);
}

/* The same for a call that has all data. Behind a part it ends what was begun: a signature of the rest would be one of other data. */
static CK_RV enter_whole(CK_SESSION_HANDLE handle, CK_FLAGS flag, bool arguments, struct operation **ret_operation)
{
	CK_RV rv = enter(handle, flag, arguments, ret_operation);

	if (rv != CKR_OK || !(*ret_operation)->in_parts)
		return rv;
	operation_end(*ret_operation);
	return module_leave(CKR_OPERATION_NOT_INITIALIZED);
}

static CK_RV update(CK_SESSION_HANDLE handle, CK_FLAGS flag, const unsigned char *part, CK_ULONG length)
{
	struct operation *operation;
	CK_RV rv = enter(handle, flag, part || !length, &operation);

	return rv == CKR_OK ? module_leave(operation_update(operation, part, length)) : rv;
}

CK_RV C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return begin(handle, mechanism, key, CKF_SIGN);
}

CK_RV C_Sign(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG length, unsigned char *signature, CK_ULONG *signature_length)
{
	struct operation *operation;
	CK_RV rv = enter_whole(handle, CKF_SIGN, (data || !length) && signature_length, &operation);

	if (rv != CKR_OK)
		return rv;
	if (signature && *signature_length >= operation->size)
		rv = operation_whole(operation, data, length);
	return module_leave(rv == CKR_OK ? operation_sign(operation, signature, signature_length) : rv);
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE handle, unsigned char *part, CK_ULONG length)
{
	return update(handle, CKF_SIGN, part, length);
}

CK_RV C_SignFinal(CK_SESSION_HANDLE handle, unsigned char *signature, CK_ULONG *length)
{
	struct operation *operation;
	CK_RV rv = enter(handle, CKF_SIGN, length, &operation);

	return rv == CKR_OK ? module_leave(operation_sign(operation, signature, length)) : rv;
}

CK_RV C_VerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return begin(handle, mechanism, key, CKF_VERIFY);
}

CK_RV C_Verify(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG length, unsigned char *signature, CK_ULONG signature_length)
{
	struct operation *operation;
	CK_RV rv = enter_whole(handle, CKF_VERIFY, (data || !length) && signature, &operation);

	if (rv != CKR_OK)
		return rv;
	rv = operation_whole(operation, data, length);
	return module_leave(rv == CKR_OK ? operation_verify(operation, signature, signature_length) : rv);
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE handle, unsigned char *part, CK_ULONG length)
{
	return update(handle, CKF_VERIFY, part, length);
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE handle, unsigned char *signature, CK_ULONG length)
{
	struct operation *operation;
	CK_RV rv = enter(handle, CKF_VERIFY, signature, &operation);

	return rv == CKR_OK ? module_leave(operation_verify(operation, signature, length)) : rv;
}

CK_RV C_DecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return begin(handle, mechanism, key, CKF_DECRYPT);
}

CK_RV C_Decrypt(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG length, unsigned char *plain, CK_ULONG *plain_length)
{
	struct operation *operation;
	CK_RV rv = enter(handle, CKF_DECRYPT, (data || !length) && plain_length, &operation);

	if (rv != CKR_OK)
		return rv;
	if (plain)
		rv = operation_whole(operation, data, length);
	return module_leave(rv == CKR_OK ? operation_decrypt(operation, plain, plain_length) : rv);
}
