/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keychain as a token: what is asked of keychaind, and its statuses as results of PKCS#11.
 *
 * The caller holds the module's lock. Items are released with keychain_items_free().
 */
#ifndef KEYCHAIN_PKCS11_TOKEN_H
#define KEYCHAIN_PKCS11_TOKEN_H

#include <p11-kit/pkcs11.h>

#include "helper/keychain/base/der.h"
#include "helper/keychain/include/keychain.h"

/* Makes and releases the connection, which nothing uses before something is asked. CKR_OK or CKR_HOST_MEMORY. */
CK_RV token_open(void);
void token_close(void);
/* Leaves it to nobody: see crypto_abandon(). */
void token_abandon(void);

/* CKR_OK, or CKR_TOKEN_NOT_PRESENT: nobody serves items, the user has no keybag, or the program may have none. */
CK_RV token_present(void);

/* Whether what opens at unlock is open. CKR_OK, or CKR_USER_NOT_LOGGED_IN; CKR_TOKEN_NOT_PRESENT as above. */
CK_RV token_unlocked(void);

/* Kinds of items. */
enum token_items {
	TOKEN_CERTIFICATES,		/* with their data */
	TOKEN_PUBLIC_KEYS,		/* with their data */
	TOKEN_PRIVATE_KEYS,		/* without */
	TOKEN_LOCKED_IDENTITIES,	/* only those that are locked: references of class idnt, the rest is the certificate's */
};

/* Finds all items, or those of a public key's hash (@id.left not 0). No item is no failure. */
CK_RV token_find(enum token_items kind, struct der id, struct keychain_items **ret_items);

/* The first of them that is open; CKR_OBJECT_HANDLE_INVALID where there is none. */
CK_RV token_find_one(enum token_items kind, struct der id, struct keychain_items **ret_items);

/*
 * One item. CKR_OBJECT_HANDLE_INVALID: it was deleted, CKR_USER_NOT_LOGGED_IN: its class is locked. With its secret where @secret:
 * for a private key that means the key itself.
 */
CK_RV token_read(const uint8_t reference[KEYCHAIN_REFERENCE_SIZE], bool secret, struct keychain_items **ret_items);

/* The data of item number @index, which lives as long as @items. */
struct der token_secret(const struct keychain_items *items, size_t index);
struct der token_data(const struct keychain_items *items, size_t index, enum keychain_attribute attribute);

#endif
