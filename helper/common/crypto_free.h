/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cleanup attributes for what libcrypto allocates to work with keys. Numbers may be secret, and are wiped.
 */
#ifndef KEYBAG_COMMON_CRYPTO_FREE_H
#define KEYBAG_COMMON_CRYPTO_FREE_H

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "cleanup.h"

DEFINE_CLEANUP(BIGNUM, free_number, BN_clear_free)
DEFINE_CLEANUP(BN_CTX, free_number_context, BN_CTX_free)
DEFINE_CLEANUP(EC_GROUP, free_ec_group, EC_GROUP_free)
DEFINE_CLEANUP(EC_POINT, free_ec_point, EC_POINT_free)
DEFINE_CLEANUP(ECDSA_SIG, free_ecdsa, ECDSA_SIG_free)
DEFINE_CLEANUP(EVP_CIPHER, free_cipher, EVP_CIPHER_free)
DEFINE_CLEANUP(EVP_CIPHER_CTX, free_cipher_context, EVP_CIPHER_CTX_free)
DEFINE_CLEANUP(EVP_MAC, free_mac, EVP_MAC_free)
DEFINE_CLEANUP(EVP_MAC_CTX, free_mac_context, EVP_MAC_CTX_free)
DEFINE_CLEANUP(EVP_MD, free_digest, EVP_MD_free)
DEFINE_CLEANUP(EVP_MD_CTX, free_digest_context, EVP_MD_CTX_free)
DEFINE_CLEANUP(EVP_PKEY, free_pkey, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_PKEY_CTX, free_pkey_context, EVP_PKEY_CTX_free)

/* Bytes; wiped where the program's allocator wipes. */
static inline void free_bytes(unsigned char **bytes)
{
	OPENSSL_free(*bytes);
}

#endif /* KEYBAG_COMMON_CRYPTO_FREE_H */
