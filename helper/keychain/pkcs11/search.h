/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which objects there are. Certificates and public keys are items; so are private keys, and while they are locked their certificates tell
 * of them. A private key that nobody made a public item for has its public key here all the same.
 */
#ifndef KEYCHAIN_PKCS11_SEARCH_H
#define KEYCHAIN_PKCS11_SEARCH_H

#include <stddef.h>

#include <p11-kit/pkcs11.h>

/* Handles of all that has the attributes, to be freed; not NULL for none. CKR_OK, CKR_HOST_MEMORY, CKR_DEVICE_MEMORY, CKR_DEVICE_ERROR. */
CK_RV search_run(const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE **ret_found, size_t *ret_count);

#endif
