/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A class key in memory: never the key itself, only the ciphers set up from what HKDF makes of it;
 * of class B its private half, with which HKDF begins anew for each blob, and of class D what goes
 * into that beside what two pairs agree on.
 */
#ifndef _KEYBAG_CLASS_KEY_H
#define _KEYBAG_CLASS_KEY_H

#include <linux/compiler.h>
#include "cmac.h"
#include "gcm.h"
#include "hmac.h"
#include "workbench.h"

/**
 * struct keybag_class_key - ciphers of one class key, or of one child key
 * @encrypt: K_enc, of GCM; NULL: the key is not in memory, or it is that of class B
 * @child: K_sub, of GCM, NULL for a child key
 * @nonce: K_nonce, of CMAC
 * @mac: K_mac, of HMAC, NULL for a class key
 * @private_half: of class B, 32 bytes; all others are NULL then
 * @authentic: of class D, 32 bytes: K_auth, without which nobody makes a blob of class B
 *
 * The pointers change only under the bag's rwsem held for writing.
 */
struct keybag_class_key {
	struct keybag_gcm_key *encrypt;
	struct keybag_gcm_key *child;
	struct keybag_cmac_key *nonce;
	struct keybag_hmac *mac;
	u8 *private_half;
	u8 *authentic;
};

/* Whether it is in memory. */
static inline bool keybag_class_key_ready(const struct keybag_class_key *key)
{
	return READ_ONCE(key->encrypt) || READ_ONCE(key->private_half);
}

/*
 * Sets up the ciphers of a class key of 32 bytes; @hmac serves for the HKDF. May sleep; call before
 * any lock that operations take. Burns the stack it used. On error @key is left empty. Errors:
 * -ENOMEM, -ENOPKG.
 */
int keybag_class_key_init(struct keybag_class_key *key, struct keybag_workbench *bench,
			  struct keybag_hmac *hmac, const u8 *bytes);

/* The same of class D, with K_auth. */
int keybag_class_key_init_authentic(struct keybag_class_key *key, struct keybag_workbench *bench,
				    struct keybag_hmac *hmac, const u8 *bytes);

/* The same of class B: keeps the private half. Error: -ENOMEM. */
int keybag_class_key_init_pair(struct keybag_class_key *key, const u8 *private_half);

/*
 * The same for a child key, in two steps: it is unwrapped in a stay, so that a lock waits until it
 * is on the list of its class, and nothing may be allocated there. Alloc makes empty ciphers and
 * may sleep; call it before any lock. Set derives and sets their keys (@key->mac serves for the
 * HKDF before it gets K_mac), and burns the stack it used; it allocates where
 * keybag_gcm_setkey_allocates(). On an error of set the caller wipes @key.
 */
int keybag_child_key_alloc(struct keybag_class_key *key);
int keybag_child_key_set(struct keybag_class_key *key, struct keybag_workbench *bench,
			 const u8 *bytes);

/*
 * Sets what alloc made to the key of one blob of class B, which follows from the secret both pairs
 * share, from both public halves, and from K_auth of the bag, 32 bytes each: whoever knows public
 * halves alone cannot make one. @key->mac serves for the HKDF and gets no key of its own. The rest
 * as for set.
 */
int keybag_agreed_key_set(struct keybag_class_key *key, struct keybag_workbench *bench,
			  const u8 *shared, const u8 *ephemeral, const u8 *public_half,
			  const u8 *authentic);

/* Frees the ciphers, which wipes them, and empties @key. Does nothing for an empty one. */
void keybag_class_key_wipe(struct keybag_class_key *key);

/* The same when nothing may be waited for or freed: overwrites the key material where it is. */
void keybag_class_key_overwrite(struct keybag_class_key *key);

#endif /* _KEYBAG_CLASS_KEY_H */
