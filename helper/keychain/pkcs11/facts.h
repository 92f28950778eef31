/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that is known of an object, for the length of a call. Release with facts_release(), also after an error.
 */
#ifndef KEYCHAIN_PKCS11_FACTS_H
#define KEYCHAIN_PKCS11_FACTS_H

#include <stdbool.h>

#include "object.h"
#include "public_half.h"
#include "token.h"

struct facts {
	struct object object;
	bool locked;		/* a private key that cannot be used now */
	struct der label, id;
	CK_KEY_TYPE type;
	CK_ULONG bits;
	bool signs, decrypts;
	struct der certificate;	/* of a certificate, and where there is one, of a key; none otherwise */
	struct der half;	/* a SubjectPublicKeyInfo or RSAPublicKey; none: not looked for yet */
	bool uncertified;	/* a key without a certificate, as was asked */
	CK_RV failed;		/* the error of a question for the half, which is not asked again; CKR_OK: none */
	/* Owners of the bytes; NULL: they are someone else's. */
	struct keychain_items *items, *beside;
	unsigned char *derived;
};

#define FACTS_NONE ((struct facts){ 0 })

/* Facts of the item number @index: @items must outlive them. */
void facts_of_certificate(const struct keychain_items *items, size_t index, struct facts *ret_facts);
void facts_of_key(const struct keychain_items *items, size_t index, CK_OBJECT_CLASS class, enum object_source source,
		  struct facts *ret_facts);

/* Facts of a key that is locked, by those of its certificate. */
void facts_of_locked(const struct facts *certificate, const uint8_t reference[KEYCHAIN_REFERENCE_SIZE], CK_OBJECT_CLASS class,
		     struct facts *ret_facts);

/*
 * Asks the keychain. A locked key is told by its certificate; CKR_USER_NOT_LOGGED_IN: it has none. Errors are those of token_read().
 */
CK_RV facts_read(const struct object *object, struct facts *ret_facts);

/* Frees what they own, and leaves FACTS_NONE. */
void facts_release(struct facts *facts);

/* Looks for the certificate of a key. CKR_OK, also where there is none, or an error of token_read(). */
CK_RV facts_find_certificate(struct facts *facts);

/*
 * Finds the public half of a key: a certificate's, an item's, and, where none has it, by the private key itself. CKR_OK, CKR_KEY_TYPE_INCONSISTENT (the
 * private key is not one), CKR_OBJECT_HANDLE_INVALID (deleted, or a public key without data), or an error of token_read().
 */
CK_RV facts_find_half(struct facts *facts);

#endif
