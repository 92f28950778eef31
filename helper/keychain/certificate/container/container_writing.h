/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings and state of writing a file of certificates and keys: for container_write.h and the forms that it knows.
 */
#ifndef KEYCHAIN_CONTAINER_WRITING_H
#define KEYCHAIN_CONTAINER_WRITING_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/common/secret.h"

#define CONTAINER_ITERATIONS	600000
#define CONTAINER_ROUNDS	64

enum container_form {
	CONTAINER_PEM,		/* a block for each certificate and key; private keys as PKCS#8 */
	CONTAINER_DER,		/* one certificate or key; a private key as PKCS#8 */
	CONTAINER_PKCS12,	/* certificates and private keys, with their labels */
	CONTAINER_OPENSSH,	/* one private key, or a line for each public one, with their labels */
};

struct container_writing {
	enum container_form form;
	bool public_halves;		/* of private keys their public halves only */
	const struct secret *passphrase;	/* not empty, without NUL; NULL: in the clear */
	int iterations;			/* of PBKDF2; 0: CONTAINER_ITERATIONS */
	uint32_t rounds;		/* of bcrypt; 0: CONTAINER_ROUNDS */
};

#endif
