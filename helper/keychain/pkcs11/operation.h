/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signing, verifying and decrypting in a session. A private key is fetched when all that it is needed for is there, used, and wiped, from the
 * vector registers as well: between the calls of an operation nothing of it is in the process. The caller holds the module's lock.
 */
#ifndef KEYCHAIN_PKCS11_OPERATION_H
#define KEYCHAIN_PKCS11_OPERATION_H

#include "facts.h"
#include "mechanism.h"

/* Bytes that are gathered for a mechanism that takes its data in one piece, where they come in several. */
#define OPERATION_GATHERS	65536

struct operation {
	bool active;
	CK_FLAGS flag;			/* CKF_SIGN, CKF_VERIFY or CKF_DECRYPT */
	bool in_parts;			/* the first one has come */
	struct mechanism_use use;
	struct object object;
	size_t size;			/* of what comes out, at most */
	EVP_MD_CTX *digest;		/* NULL: data is gathered */
	unsigned char *data;
	size_t length;
	EVP_PKEY *public;		/* to verify with */
};

/*
 * Begins. @flag: CKF_SIGN, CKF_VERIFY or CKF_DECRYPT. CKR_OPERATION_ACTIVE, CKR_MECHANISM_INVALID,
 * CKR_MECHANISM_PARAM_INVALID, CKR_KEY_HANDLE_INVALID, CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_SIZE_RANGE, CKR_KEY_FUNCTION_NOT_PERMITTED,
 * CKR_USER_NOT_LOGGED_IN, CKR_HOST_MEMORY, CKR_DEVICE_ERROR.
 */
CK_RV operation_begin(struct operation *operation, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_FLAGS flag);

/* Forgets it, and wipes what it has. */
void operation_end(struct operation *operation);

/* One more part. CKR_DATA_LEN_RANGE: more than OPERATION_GATHERS. An error ends the operation, in all functions here. */
CK_RV operation_update(struct operation *operation, const void *data, size_t length);

/*
 * All of it, in the place of what was given before: for a call that is made again with more room. CKR_DATA_LEN_RANGE or
 * CKR_ENCRYPTED_DATA_LEN_RANGE: more than any key takes.
 */
CK_RV operation_whole(struct operation *operation, const void *data, size_t length);

/*
 * @output NULL tells the size and goes on, as does CKR_BUFFER_TOO_SMALL; all else ends the operation. CKR_KEY_HANDLE_INVALID: the key was
 * deleted in between, CKR_USER_NOT_LOGGED_IN: locked; and errors of mechanism.h.
 */
CK_RV operation_sign(struct operation *operation, unsigned char *output, CK_ULONG *length);
CK_RV operation_decrypt(struct operation *operation, unsigned char *output, CK_ULONG *length);
CK_RV operation_verify(struct operation *operation, const unsigned char *signature, size_t length);

#endif
