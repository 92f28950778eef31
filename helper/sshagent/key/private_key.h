/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private keys as ssh-add sends them: the type, of a certificate all of it, and the numbers. They are kept in this form, and
 * made to keys of libcrypto for as long as a signature takes.
 */
#ifndef SSHAGENT_PRIVATE_KEY_H
#define SSHAGENT_PRIVATE_KEY_H

#include "public_key.h"

/* Flags of a request for a signature. */
#define SIGN_RSA_SHA2_256	2
#define SIGN_RSA_SHA2_512	4

/* Everything lies within the bytes that were read. */
struct private_key {
	struct public_key public;	/* its blob is there where it has a certificate */
	struct bytes record;		/* all that was read */
	struct bytes d, inverse, p, q;	/* RSA, and d of ECDSA */
	struct bytes ed25519;		/* the seed and the public half */

	/* FIDO */
	uint8_t flags;
	struct bytes handle;
};

/* Reads one, and fails @from where it is none of a type that is known. */
void private_key_read(struct reader *from, struct private_key *ret_key);

/* Whether its halves belong together, and its certificate is one of that key. */
bool private_key_check(const struct private_key *key);

/* The public key or the certificate that it is known by. */
void private_key_put_public(const struct private_key *key, struct buffer *to);

/* Appends a signature of @data, as SSH sends it. Returns false where there is none to be made with these flags. Not of FIDO keys. */
bool private_key_sign(const struct private_key *key, struct bytes data, uint32_t flags, struct buffer *to);

#endif /* SSHAGENT_PRIVATE_KEY_H */
