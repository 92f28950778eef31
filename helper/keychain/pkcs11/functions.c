// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The functions that this token has no use for, and the list of all, which is what the module exports.
 */
#include <stddef.h>

#include "module.h"

/* Functions of version 2.40. */
#define MODULE_FUNCTIONS	68

#define ANSWER(name, result, ...)					\
	CK_RV name(__VA_ARGS__)						\
	{								\
		CK_RV rv = module_enter();				\
									\
		return rv == CKR_OK ? module_leave(result) : rv;	\
	}
#define UNSUPPORTED(name, ...) ANSWER(name, CKR_FUNCTION_NOT_SUPPORTED, __VA_ARGS__)

UNSUPPORTED(C_InitToken, CK_SLOT_ID, unsigned char *, CK_ULONG, unsigned char *)
UNSUPPORTED(C_InitPIN, CK_SESSION_HANDLE, unsigned char *, CK_ULONG)
UNSUPPORTED(C_SetPIN, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG)
UNSUPPORTED(C_GetOperationState, CK_SESSION_HANDLE, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_SetOperationState, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, CK_OBJECT_HANDLE, CK_OBJECT_HANDLE)
UNSUPPORTED(C_CreateObject, CK_SESSION_HANDLE, CK_ATTRIBUTE *, CK_ULONG, CK_OBJECT_HANDLE *)
UNSUPPORTED(C_CopyObject, CK_SESSION_HANDLE, CK_OBJECT_HANDLE, CK_ATTRIBUTE *, CK_ULONG, CK_OBJECT_HANDLE *)
UNSUPPORTED(C_DestroyObject, CK_SESSION_HANDLE, CK_OBJECT_HANDLE)
UNSUPPORTED(C_SetAttributeValue, CK_SESSION_HANDLE, CK_OBJECT_HANDLE, CK_ATTRIBUTE *, CK_ULONG)
UNSUPPORTED(C_EncryptInit, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE)
UNSUPPORTED(C_Encrypt, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_EncryptUpdate, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_EncryptFinal, CK_SESSION_HANDLE, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_DecryptUpdate, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_DecryptFinal, CK_SESSION_HANDLE, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_DigestInit, CK_SESSION_HANDLE, CK_MECHANISM *)
UNSUPPORTED(C_Digest, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_DigestUpdate, CK_SESSION_HANDLE, unsigned char *, CK_ULONG)
UNSUPPORTED(C_DigestKey, CK_SESSION_HANDLE, CK_OBJECT_HANDLE)
UNSUPPORTED(C_DigestFinal, CK_SESSION_HANDLE, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_SignRecoverInit, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE)
UNSUPPORTED(C_SignRecover, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_VerifyRecoverInit, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE)
UNSUPPORTED(C_VerifyRecover, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_DigestEncryptUpdate, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_DecryptDigestUpdate, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_SignEncryptUpdate, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_DecryptVerifyUpdate, CK_SESSION_HANDLE, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *)
UNSUPPORTED(C_GenerateKey, CK_SESSION_HANDLE, CK_MECHANISM *, CK_ATTRIBUTE *, CK_ULONG, CK_OBJECT_HANDLE *)
UNSUPPORTED(C_GenerateKeyPair, CK_SESSION_HANDLE, CK_MECHANISM *, CK_ATTRIBUTE *, CK_ULONG, CK_ATTRIBUTE *, CK_ULONG,
	    CK_OBJECT_HANDLE *, CK_OBJECT_HANDLE *)
UNSUPPORTED(C_WrapKey, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE, CK_OBJECT_HANDLE, unsigned char *,
	    CK_ULONG *)
UNSUPPORTED(C_UnwrapKey, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE, unsigned char *, CK_ULONG, CK_ATTRIBUTE
	    *, CK_ULONG, CK_OBJECT_HANDLE *)
UNSUPPORTED(C_DeriveKey, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE, CK_ATTRIBUTE *, CK_ULONG,
	    CK_OBJECT_HANDLE *)
ANSWER(C_GetFunctionStatus, CKR_FUNCTION_NOT_PARALLEL, CK_SESSION_HANDLE)
ANSWER(C_CancelFunction, CKR_FUNCTION_NOT_PARALLEL, CK_SESSION_HANDLE)

/*
 * In the order of version 2.40. Later ones have a longer list: a caller that reads a higher version than this in front reads
 * pointers past the end.
 */
static CK_FUNCTION_LIST functions = {
	MODULE_STANDARD,
	C_Initialize, C_Finalize, C_GetInfo, C_GetFunctionList, C_GetSlotList, C_GetSlotInfo, C_GetTokenInfo,
	C_GetMechanismList, C_GetMechanismInfo, C_InitToken, C_InitPIN, C_SetPIN, C_OpenSession, C_CloseSession,
	C_CloseAllSessions, C_GetSessionInfo, C_GetOperationState, C_SetOperationState, C_Login, C_Logout,
	C_CreateObject, C_CopyObject, C_DestroyObject, C_GetObjectSize, C_GetAttributeValue, C_SetAttributeValue,
	C_FindObjectsInit, C_FindObjects, C_FindObjectsFinal, C_EncryptInit, C_Encrypt, C_EncryptUpdate,
	C_EncryptFinal, C_DecryptInit, C_Decrypt, C_DecryptUpdate, C_DecryptFinal, C_DigestInit, C_Digest,
	C_DigestUpdate, C_DigestKey, C_DigestFinal, C_SignInit, C_Sign, C_SignUpdate, C_SignFinal, C_SignRecoverInit,
	C_SignRecover, C_VerifyInit, C_Verify, C_VerifyUpdate, C_VerifyFinal, C_VerifyRecoverInit, C_VerifyRecover,
	C_DigestEncryptUpdate, C_DecryptDigestUpdate, C_SignEncryptUpdate, C_DecryptVerifyUpdate, C_GenerateKey,
	C_GenerateKeyPair, C_WrapKey, C_UnwrapKey, C_DeriveKey, C_SeedRandom, C_GenerateRandom, C_GetFunctionStatus,
	C_CancelFunction, C_WaitForSlotEvent,
};

_Static_assert(sizeof(functions) == offsetof(CK_FUNCTION_LIST, C_Initialize) + MODULE_FUNCTIONS * sizeof(void (*)(void)),
	       "the list of version 2.40, with nothing behind it");

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	if (!list)
		return CKR_ARGUMENTS_BAD;
	*list = &functions;
	return CKR_OK;
}
