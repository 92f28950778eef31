/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mechanisms, and what they do with libcrypto.
 */
#ifndef KEYCHAIN_PKCS11_MECHANISM_H
#define KEYCHAIN_PKCS11_MECHANISM_H

#include <p11-kit/pkcs11.h>

#include "crypto.h"

enum mechanism_scheme {
	SCHEME_PKCS1,
	SCHEME_PSS,
	SCHEME_OAEP,
	SCHEME_ECDSA,
	SCHEME_EDDSA,
};

struct mechanism {
	CK_MECHANISM_TYPE type;
	enum mechanism_scheme scheme;
	const char *digest;	/* that it makes of the data itself; NULL: none */
	CK_KEY_TYPE key;
	CK_FLAGS flags;		/* CKF_SIGN, CKF_VERIFY, CKF_DECRYPT */
};

#define MECHANISM_LABEL_SIZE	256	/* bytes that a label of OAEP may have */

/* A mechanism with its parameters. */
struct mechanism_use {
	const struct mechanism *mechanism;
	const char *digest, *mask_digest;	/* PSS and OAEP */
	int salt_length;
	size_t label_length;
	unsigned char label[MECHANISM_LABEL_SIZE];
};

/* NULL past the last one. */
const struct mechanism *mechanism_at(size_t number);
/* NULL: not known. */
const struct mechanism *mechanism_by_type(CK_MECHANISM_TYPE type);

/* The sizes of its keys, in bits. */
void mechanism_key_sizes(const struct mechanism *mechanism, CK_ULONG *ret_least, CK_ULONG *ret_most);

/* Whether a key of so many bits is of a size for it: CKR_OK, CKR_KEY_SIZE_RANGE. */
CK_RV mechanism_check_size(const struct mechanism *mechanism, CK_ULONG bits);

/* The same of the key itself, and whether it may be used so: CKR_KEY_FUNCTION_NOT_PERMITTED, as an RSA key for PSS alone by another scheme. */
CK_RV mechanism_check_key(const struct mechanism *mechanism, EVP_PKEY *key);

/*
 * Reads a mechanism and copies its parameters. @flag: CKF_SIGN, CKF_VERIFY or CKF_DECRYPT. CKR_OK, CKR_MECHANISM_INVALID (also where it is
 * not for that), CKR_MECHANISM_PARAM_INVALID.
 */
CK_RV mechanism_use_read(const CK_MECHANISM *asked, CK_FLAGS flag, struct mechanism_use *ret_use);

/* Bytes of a signature by a key of so many bits, or of the most that comes out of a decryption. */
size_t mechanism_output_size(const struct mechanism *mechanism, CK_ULONG bits);

/*
 * Signs @data: the digest where the mechanism makes one. @signature has room for @size bytes, the size that
 * mechanism_output_size() tells. CKR_OK, CKR_DATA_LEN_RANGE, CKR_HOST_MEMORY, CKR_FUNCTION_FAILED (among them: not with the parameters
 * that the key is restricted to), CKR_KEY_SIZE_RANGE (the key is of another size than was said), and errors of mechanism_check_key().
 */
CK_RV mechanism_sign(const struct mechanism_use *use, EVP_PKEY *key, const void *data, size_t length, unsigned char *signature,
		     size_t size);

/*
 * Verifies @signature of @size bytes. @key has passed mechanism_check_key(). CKR_OK, CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE,
 * CKR_DATA_LEN_RANGE, CKR_HOST_MEMORY, CKR_FUNCTION_FAILED.
 */
CK_RV mechanism_verify(const struct mechanism_use *use, EVP_PKEY *key, const void *data, size_t length, const unsigned char *signature,
		       size_t size);

/*
 * @plain has room for *@length bytes, at least what mechanism_output_size() tells. CKR_OK, CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE,
 * CKR_HOST_MEMORY, CKR_FUNCTION_FAILED, and errors of mechanism_check_key(). What is not of the key by PKCS#1 is CKR_ENCRYPTED_DATA_INVALID, or, from
 * libcrypto 3.2 on, random bytes: it rejects implicitly.
 */
CK_RV mechanism_decrypt(const struct mechanism_use *use, EVP_PKEY *key, const void *data, size_t data_length, unsigned char *plain,
			size_t *length);

#endif
