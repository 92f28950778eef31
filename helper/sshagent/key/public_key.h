/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Public keys, and certificates of OpenSSH (PROTOCOL.certkeys), as SSH sends them.
 */
#ifndef SSHAGENT_PUBLIC_KEY_H
#define SSHAGENT_PUBLIC_KEY_H

#include <openssl/evp.h>

#include "helper/sshagent/wire/buffer.h"
#include "key_type.h"

/* Bytes of an integer of RSA: 16384 bits. */
#define KEY_NUMBER_MAX	2048
/* Base64 of SHA-256, as ssh-add shows it. */
#define KEY_FINGERPRINT_SIZE	52

enum certificate_kind {
	CERTIFICATE_USER = 1,
	CERTIFICATE_HOST = 2,
};

/* Everything lies within the bytes that were read. */
struct public_key {
	const struct key_type *type;
	struct bytes blob;		/* all of it */
	struct bytes e, n;		/* RSA */
	struct bytes point;		/* ECDSA; the 32 bytes of Ed25519 */
	struct bytes application;	/* FIDO */

	/* A certificate has these as well. */
	uint32_t kind;
	struct bytes principals;	/* strings */
	uint64_t valid_after, valid_before;	/* seconds since 1970 */
	struct bytes critical;
	struct bytes authority;		/* the key that has signed it */
	struct bytes signed_part, signature;
};

/* Returns whether it is a key of a type that is known. That a certificate was signed is not looked at. */
bool public_key_read(struct bytes blob, struct public_key *ret_key);

/* The fields of a key between its type and the application, for keys and what is made of them. */
void public_key_read_fields(struct reader *from, struct public_key *key);

/* The key without its certificate, as SSH sends it. */
void public_key_put_plain(const struct public_key *key, struct buffer *to);

/* For libcrypto; NULL: it is none. Release with EVP_PKEY_free(). */
EVP_PKEY *public_key_make(const struct public_key *key);

/* Whether @signature is one of @data by that key; of a certificate, by its key. Not with SHA-1, nor of FIDO keys. */
bool public_key_verify(const struct public_key *key, struct bytes data, struct bytes signature);

/* The same of a FIDO key, whose signature has the flags and the counter of the device. */
bool public_key_verify_fido(const struct public_key *key, struct bytes data, struct bytes signature);

/* Whether a certificate is one of a host of that name, valid now (seconds since 1970), and signed by its authority. */
bool public_key_certifies_host(const struct public_key *key, struct bytes host, uint64_t now);

/* Whether it is a certificate whose time is over (seconds since 1970). */
bool public_key_expired(struct bytes blob, uint64_t now);

/* The name of a key here: "SHA256:" and what ssh-add shows of a key; of a certificate it is another one than of its key. */
bool public_key_fingerprint(struct bytes blob, char ret_fingerprint[KEY_FINGERPRINT_SIZE]);

/* The fingerprint that ssh-add shows, for a person to compare: of a certificate that of its key. */
bool public_key_shown_fingerprint(struct bytes blob, char ret_fingerprint[KEY_FINGERPRINT_SIZE]);

#endif /* SSHAGENT_PUBLIC_KEY_H */
