/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The types of keys of SSH, by their names.
 */
#ifndef SSHAGENT_KEY_TYPE_H
#define SSHAGENT_KEY_TYPE_H

#include "helper/sshagent/wire/reader.h"

enum key_family {
	KEY_ED25519,
	KEY_ECDSA,
	KEY_RSA,
};

struct key_type {
	const char *name;
	const char *plain;		/* of the key without its certificate; the same where it has none */
	enum key_family family;
	bool certificate;
	bool fido;			/* its private half is in a security key */
	const char *curve, *group;	/* of ECDSA, as SSH and as libcrypto call it */
	const char *digest;		/* of ECDSA */
};

/* NULL: it is not known. */
const struct key_type *key_type_find(struct bytes name);

#endif /* SSHAGENT_KEY_TYPE_H */
