/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of certificates and keys, taken apart into items to be added.
 *
 * Known are PEM (any number of blocks: certificates, private and public keys, encrypted or not, those
 * of OpenSSH as well),
 * DER of one certificate or key, PKCS#8 encrypted or not, PKCS#12.
 */
#ifndef KEYCHAIN_CONTAINER_H
#define KEYCHAIN_CONTAINER_H

#include <stddef.h>

#include "helper/keychain/base/value.h"

#define CONTAINER_MAX_SIZE (16 * 1024 * 1024)

struct container_passphrase {
	/*
	 * Writes the passphrase to @buffer of @size bytes, without NUL, and returns its length or a
	 * negative errno; -ENOKEY when there is none to be had. Called at most once a file, and
	 * only where it is needed.
	 */
	int (*read)(void *context, char *buffer, size_t size);
	void *context;
};

/*
 * Sets *ret_items to an array of queries for an add, each with class, v_Data and all attributes
 * that certificate.h and key.h derive; a PKCS#12 friendly name is the label of its key, and of its
 * certificate, the comment of a key of OpenSSH that of the key. Keys are PKCS#8 or SubjectPublicKeyInfo, DER. Keys come before certificates.
 * An item that the file has more than once is read as one, unless there are more than VALUE_MAX_ENTRIES of its kind.
 *
 * *ret_message, where it is not NULL, is set to a sentence that says what is wrong, to be freed.
 * Nothing secret is in it. Returns errSecSuccess; errSecDecode (nothing that is known, or damaged),
 * errSecAuthFailed (passphrase wrong), errSecInteractionNotAllowed (needed, and none to be had),
 * errSecParam (longer than CONTAINER_MAX_SIZE), errSecAllocate.
 */
int container_items(const void *bytes, size_t length, const struct container_passphrase *passphrase,
		    struct value **ret_items, char **ret_message);

#endif
