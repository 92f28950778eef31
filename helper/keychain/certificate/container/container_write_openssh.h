/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CONTAINER_WRITE_OPENSSH_H
#define KEYCHAIN_CONTAINER_WRITE_OPENSSH_H

#include <openssl/bio.h>
#include <openssl/evp.h>

#include "helper/keychain/certificate/container/container_parts.h"
#include "helper/keychain/certificate/container/container_writing.h"

/* A block OPENSSH PRIVATE KEY of a private key. @label, text or NULL, is its comment. */
int container_write_openssh(struct container *container, BIO *file, EVP_PKEY *key, const struct value *label,
			    const struct container_writing *how);

/* A line as in authorized_keys of a key's public half. A label that is more than a line is left out. */
int container_write_openssh_public(struct container *container, BIO *file, EVP_PKEY *key, const struct value *label);

#endif
