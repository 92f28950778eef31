/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the forms of container.h have in common: the parts found so far, the passphrase, the error.
 */
#ifndef KEYCHAIN_CONTAINER_PARTS_H
#define KEYCHAIN_CONTAINER_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "helper/common/secret.h"
#include "helper/keychain/certificate/container.h"

#define CONTAINER_MAX_PASSPHRASE 1024

struct container {
	struct value *keys, *certificates;	/* items */
	const struct container_passphrase *source;
	struct secret passphrase;		/* NUL behind its length; empty until asked for */
	char *message;				/* of the first error */
};

/* Sets the error's text, unless there is one, and returns @status. */
__attribute__((format(printf, 3, 4)))
int container_fail(struct container *container, int status, const char *format, ...);

/* Asks for the passphrase, once. */
int container_ask(struct container *container);

/*
 * Each takes one part into the lists. @name, UTF-8, is its label; NULL: the one inferred from it.
 */
int container_add_certificate(struct container *container, const void *der, size_t length,
			      const char *name);
int container_add_private(struct container *container, PKCS8_PRIV_KEY_INFO *key, const char *name);
int container_add_public(struct container *container, X509_PUBKEY *key);

/*
 * Whether decrypting by this algorithm is a matter of seconds: files say themselves how often a key
 * is derived. True for algorithms that derive none, or are not known.
 */
bool container_bounded_work(const X509_ALGOR *algorithm);

#define CONTAINER_MAX_ITERATIONS	10000000

/* PKCS#8 under the passphrase. */
int container_add_encrypted(struct container *container, const X509_SIG *encrypted);

int container_read_pem(struct container *container, const void *bytes, size_t length);
int container_read_pkcs12(struct container *container, PKCS12 *file);

#endif
