/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts that the forms of container.h have in common: the parts found so far, the passphrase, the error.
 */
#ifndef KEYCHAIN_CONTAINER_PARTS_H
#define KEYCHAIN_CONTAINER_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "helper/common/secret.h"
#include "helper/keychain/base/value.h"

#define CONTAINER_MAX_PASSPHRASE 1024

struct container {
	struct value *keys, *certificates;	/* items */
	int (*read_passphrase)(void *context, char *buffer, size_t size); /* container.h; NULL: there is none */
	void *context;
	struct secret passphrase;		/* NUL behind its length; empty until asked for */
	char *message;				/* of the first error */
};

/* Sets the error's text, unless there is one, and returns @status. */
__attribute__((format(printf, 3, 4)))
int container_fail(struct container *container, int status, const char *format, ...);

/* A key under a cipher that libcrypto has not: sets the error's text and returns the status. */
int container_lacks_cipher(struct container *container, const char *name);

/* Asks for the passphrase, once. */
int container_ask(struct container *container);

/*
 * Each takes one part into the lists. @name, UTF-8, is its label; NULL: the one inferred from it.
 */
int container_add_certificate(struct container *container, const void *der, size_t length,
			      const char *name);
int container_add_private(struct container *container, PKCS8_PRIV_KEY_INFO *key, const char *name);

/*
 * A private or a public key, DER. @what names it in the error's text: "The key", "The block X".
 */
int container_add_key(struct container *container, const char *what, const void *der, size_t length,
		      const char *name);

/*
 * The plain text of PKCS#8 under a passphrase, to be given to OPENSSL_clear_free(); NULL where the
 * passphrase is not that of it.
 */
unsigned char *container_decrypt(const X509_SIG *encrypted, const char *passphrase, int length,
				 size_t *ret_length);

/* PKCS#8 under the passphrase of the file. */
int container_add_encrypted(struct container *container, const X509_SIG *encrypted);

#endif
