/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CONTAINER_WRITE_PKCS12_H
#define KEYCHAIN_CONTAINER_WRITE_PKCS12_H

#include <openssl/bio.h>

#include "helper/keychain/certificate/container/container_parts.h"
#include "helper/keychain/certificate/container/container_writing.h"

/*
 * Writes the keys and certificates of @container, which have v_Data and may have labl. Without a passphrase they
 * are in the clear, and the MAC is under an empty one. The file says by a local key ID which key and certificate are an identity.
 */
int container_write_pkcs12(struct container *container, BIO *file, const struct container_writing *how);

#endif
