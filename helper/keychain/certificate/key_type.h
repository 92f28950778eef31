/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kinds of keys.
 */
#ifndef KEYCHAIN_KEY_TYPE_H
#define KEYCHAIN_KEY_TYPE_H

#define KEY_MAX_SIZE 32768

enum key_class {
	KEY_PUBLIC = 0,
	KEY_PRIVATE = 1,
	KEY_SYMMETRIC = 2,
};

/* Values of type: the original's. */
enum key_type {
	KEY_TYPE_RSA = 42,
	KEY_TYPE_EC = 73,
	KEY_TYPE_ED25519 = 105,
	KEY_TYPE_X25519 = 106,
	KEY_TYPE_ED448 = 107,
	KEY_TYPE_X448 = 108,
};

#endif
