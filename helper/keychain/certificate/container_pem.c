// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "helper/keychain/certificate/container_parts.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/key_parse.h"
#include "helper/keychain/libkeychain/keychain-status.h"

struct block {
	char *name, *header;
	unsigned char *der;
	long length;
};

static void free_block(struct block *block)
{
	OPENSSL_free(block->name);
	OPENSSL_free(block->header);
	OPENSSL_free(block->der);
	*block = (struct block){ 0 };
}

static int give_passphrase(char *buffer, int size, int writing, void *context)
{
	const struct container *container = context;

	(void)writing;
	if (container->passphrase.length > (size_t)size)
		return -1;
	memcpy(buffer, container->passphrase.data, container->passphrase.length);
	return (int)container->passphrase.length;
}

/*
 * What a block begins with: a SEQUENCE that ends where the block does, in a private key its version
 * first.
 */
static bool is_plausible(const struct block *block)
{
	const unsigned char *at = block->der;
	long content;
	int tag, class;

	if (ASN1_get_object(&at, &content, &tag, &class, block->length) & 0x80 ||
	    tag != V_ASN1_SEQUENCE || class != V_ASN1_UNIVERSAL ||
	    at + content != block->der + block->length)
		return false;
	return !strstr(block->name, "PRIVATE KEY") ||
	       (content >= 3 && at[0] == V_ASN1_INTEGER && at[1] == 1 && at[2] <= 1);
}

/*
 * Blocks of the older kind are encrypted as a whole. Nothing authenticates them: of 256 wrong
 * passphrases one is found to be right by the padding alone, and of those one in 300 by the length.
 */
static int decrypt(struct container *container, struct block *block)
{
	EVP_CIPHER_INFO cipher;
	int status;

	if (!PEM_get_EVP_CIPHER_INFO(block->header, &cipher))
		return container_fail(container, errSecDecode,
				      "The block %s has a header that is not known.", block->name);
	if (!cipher.cipher)
		return errSecSuccess;
	status = container_ask(container);
	if (!status &&
	    (!PEM_do_header(&cipher, block->der, &block->length, give_passphrase, container) ||
	     !is_plausible(block)))
		status = container_fail(container, errSecAuthFailed,
					"The passphrase is not that of the key.");
	return status;
}

static int add_private(struct container *container, const struct block *block)
{
	PKCS8_PRIV_KEY_INFO *key CLEANUP(free_pkcs8) =
		key_parse_private(block->der, (size_t)block->length);

	if (key)
		return container_add_private(container, key, NULL);
	return container_fail(container, errSecDecode,
			      "The block %s holds no key of a kind that is known.", block->name);
}

static int add_encrypted(struct container *container, const struct block *block)
{
	const unsigned char *at = block->der;
	X509_SIG *encrypted CLEANUP(free_sig) =
		d2i_X509_SIG(NULL, &at, block->length);

	if (encrypted)
		return container_add_encrypted(container, encrypted);
	return container_fail(container, errSecDecode, "The block %s is damaged.", block->name);
}

static int add_public(struct container *container, const struct block *block)
{
	X509_PUBKEY *key CLEANUP(free_public_key) =
		key_parse_public(block->der, (size_t)block->length);

	if (key)
		return container_add_public(container, key);
	return container_fail(container, errSecDecode,
			      "The block %s holds no key of a kind that is known.", block->name);
}

static int add_certificate(struct container *container, const struct block *block)
{
	return container_add_certificate(container, block->der, (size_t)block->length, NULL);
}

/* What follows the certificate are settings of OpenSSL, not of the keychain. */
static int add_trusted(struct container *container, const struct block *block)
{
	const unsigned char *at = block->der;
	X509 *certificate CLEANUP(free_x509) = d2i_X509(NULL, &at, block->length);

	if (certificate)
		return container_add_certificate(container, block->der, (size_t)(at - block->der),
						 NULL);
	return container_fail(container, errSecDecode, "The block %s is damaged.", block->name);
}

/* Which curve is meant is in the key, too. */
static int pass_over(struct container *container, const struct block *block)
{
	(void)container;
	(void)block;
	return errSecSuccess;
}

static int add_block(struct container *container, const struct block *block)
{
	static const struct {
		const char *name;
		int (*add)(struct container *container, const struct block *block);
	} kinds[] = {
		{ PEM_STRING_X509, add_certificate },
		{ PEM_STRING_X509_OLD, add_certificate },
		{ PEM_STRING_X509_TRUSTED, add_trusted },
		{ PEM_STRING_PKCS8INF, add_private },
		{ PEM_STRING_PKCS8, add_encrypted },
		{ PEM_STRING_RSA, add_private },
		{ PEM_STRING_ECPRIVATEKEY, add_private },
		{ PEM_STRING_ECPARAMETERS, pass_over },
		{ PEM_STRING_PUBLIC, add_public },
		{ PEM_STRING_RSA_PUBLIC, add_public },
	};

	for (size_t number = 0; number < sizeof(kinds) / sizeof(*kinds); number++)
		if (!strcmp(kinds[number].name, block->name))
			return kinds[number].add(container, block);
	return container_fail(
		container, errSecDecode,
		"The file has a block %s, which is not known. Certificates and keys are; a key of "
		"OpenSSH becomes one with ssh-keygen -p -m PKCS8.",
		block->name);
}

int container_read_pem(struct container *container, const void *bytes, size_t length)
{
	BIO *file CLEANUP(free_bio) = BIO_new_mem_buf(bytes, (int)length);
	struct block block = { 0 };
	int status = file ? errSecSuccess
			  : container_fail(container, errSecAllocate, "Out of memory.");
	unsigned int blocks = 0;

	while (!status &&
	       PEM_read_bio(file, &block.name, &block.header, &block.der, &block.length)) {
		status = decrypt(container, &block);
		if (!status)
			status = add_block(container, &block);
		free_block(&block);
		blocks++;
	}
	if (!status && (!blocks || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE))
		status = container_fail(container, errSecDecode, "Block %u of the file is damaged.",
					blocks + 1);
	return status;
}
