/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handles of objects. An object is the name of an item and what it is here: each question goes to the keychain, so that a key
 * that was locked or deleted is so here too. The hash of a public key is kept, to find the certificate while the key is locked.
 *
 * The caller holds the module's lock.
 */
#ifndef KEYCHAIN_PKCS11_OBJECT_H
#define KEYCHAIN_PKCS11_OBJECT_H

#include <p11-kit/pkcs11.h>

#include "helper/keychain/include/keychain.h"

/* Handles at a time. */
#define OBJECTS_AT_MOST	65536

#define OBJECT_HASH_SIZE	20	/* bytes of the hash of a public key */

/* The item behind it. */
enum object_source {
	SOURCE_CERTIFICATE,
	SOURCE_PUBLIC_KEY,
	SOURCE_PRIVATE_KEY,	/* of a public key too, which has no item of its own */
	SOURCE_IDENTITY,	/* the same, found by a certificate while the key itself was locked */
};

struct object {
	CK_OBJECT_CLASS class;	/* CKO_CERTIFICATE, CKO_PUBLIC_KEY or CKO_PRIVATE_KEY */
	enum object_source source;
	uint8_t reference[KEYCHAIN_REFERENCE_SIZE];
	uint8_t key_hash[OBJECT_HASH_SIZE];	/* of SOURCE_PRIVATE_KEY; zeros: not known, and of the others */
};

/*
 * The handle of that object: the same one as before, where it has one. CKR_OK, CKR_HOST_MEMORY; CKR_DEVICE_MEMORY: too many. After an error
 * all handles are as they were.
 */
CK_RV object_handle(const struct object *object, CK_OBJECT_HANDLE *ret_handle);

/* NULL: no such handle. Valid until the next object_handle(). */
const struct object *object_by_handle(CK_OBJECT_HANDLE handle);

/* No handle is valid any more, and none is given twice. */
void object_forget_all(void);

/* Leaves them to nobody: see crypto_abandon(). */
void object_abandon_all(void);

#endif
