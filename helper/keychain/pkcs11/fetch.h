/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A private key out of the keychain, for as long as one operation takes.
 */
#ifndef KEYCHAIN_PKCS11_FETCH_H
#define KEYCHAIN_PKCS11_FETCH_H

#include "crypto.h"
#include "object.h"

/*
 * The key of a private object, to be freed at once after the operation; the caller clears the vector registers then. CKR_OK,
 * CKR_OBJECT_HANDLE_INVALID (deleted), CKR_USER_NOT_LOGGED_IN (locked), CKR_KEY_TYPE_INCONSISTENT (no key that is known), CKR_HOST_MEMORY,
 * CKR_DEVICE_ERROR.
 */
CK_RV fetch_key(const struct object *object, EVP_PKEY **ret_key, CK_KEY_TYPE *ret_type);

/* Its SubjectPublicKeyInfo, to be freed with OPENSSL_free(). Errors are the same. */
CK_RV fetch_public_half(const struct object *object, unsigned char **ret_bytes, size_t *ret_length);

#endif
