// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "helper/common/translate.h"
#include "helper/keychain/certificate/container/container_openssh.h"
#include "helper/keychain/certificate/container/container_parts.h"
#include "helper/keychain/certificate/container/container_pem.h"
#include "helper/keychain/certificate/container/container_work.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/key_parse.h"
#include "helper/keychain/include/keychain-status.h"

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
 * Blocks of the older kind are encrypted as a whole. Nothing authenticates them: of 256 wrong
 * passphrases one is found to be right by the padding alone, and of those one in 300 by the length.
 */
static int decrypt(struct container *container, struct block *block)
{
	EVP_CIPHER_INFO cipher;
	int status;

	if (!PEM_get_EVP_CIPHER_INFO(block->header, &cipher))
		return container_fail(container, errSecDecode,
				      _("The block %s has a header that is not known."), block->name);
	if (!cipher.cipher)
		return errSecSuccess;
	if (!container_has_named_cipher(EVP_CIPHER_get0_name(cipher.cipher)))
		return container_lacks_cipher(container, EVP_CIPHER_get0_name(cipher.cipher));
	status = container_ask(container);
	if (!status &&
	    (!PEM_do_header(&cipher, block->der, &block->length, give_passphrase, container) ||
	     !key_resembles(block->der, (size_t)block->length)))
		status = container_fail(container, errSecAuthFailed,
					_("The passphrase is not that of the key."));
	return status;
}

static int add_key(struct container *container, const struct block *block)
{
	char what[80];

	snprintf(what, sizeof(what), _("The block %s"), block->name);
	return container_add_key(container, what, block->der, (size_t)block->length, NULL);
}

static int add_encrypted(struct container *container, const struct block *block)
{
	const unsigned char *at = block->der;
	X509_SIG *encrypted CLEANUP(free_sig) =
		d2i_X509_SIG(NULL, &at, block->length);

	if (encrypted && at == block->der + block->length)
		return container_add_encrypted(container, encrypted);
	return container_fail(container, errSecDecode, _("The block %s is damaged."), block->name);
}

static int add_openssh(struct container *container, const struct block *block)
{
	return container_read_openssh(container, block->der, (size_t)block->length);
}

static int add_certificate(struct container *container, const struct block *block)
{
	return container_add_certificate(container, block->der, (size_t)block->length, NULL);
}

/* Settings of OpenSSL's follow the certificate; the keychain has no use for them. */
static int add_trusted(struct container *container, const struct block *block)
{
	const unsigned char *at = block->der;
	X509 *certificate CLEANUP(free_x509) = d2i_X509(NULL, &at, block->length);

	if (certificate)
		return container_add_certificate(container, block->der, (size_t)(at - block->der),
						 NULL);
	return container_fail(container, errSecDecode, _("The block %s is damaged."), block->name);
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
		{ PEM_STRING_PKCS8INF, add_key },
		{ PEM_STRING_PKCS8, add_encrypted },
		{ PEM_STRING_RSA, add_key },
		{ PEM_STRING_ECPRIVATEKEY, add_key },
		{ PEM_STRING_ECPARAMETERS, pass_over },
		{ "OPENSSH PRIVATE KEY", add_openssh },
		{ PEM_STRING_PUBLIC, add_key },
		{ PEM_STRING_RSA_PUBLIC, add_key },
	};

	for (size_t number = 0; number < sizeof(kinds) / sizeof(*kinds); number++)
		if (!strcmp(kinds[number].name, block->name))
			return kinds[number].add(container, block);
	return container_fail(container, errSecDecode,
			      _("The file has a block %s, which is not known: certificates and keys are."),
			      block->name);
}

/*
 * The file's blocks as libcrypto reads them. What writes PEM, sends it and stores it also ends lines
 * by CR alone, leaves every other line empty, or moves all to the right.
 */
struct lines {
	const char *at, *end;
};

static bool starts(const char *line, size_t length, const char *with)
{
	return length >= strlen(with) && !memcmp(line, with, strlen(with));
}

/*
 * The next line that has something on it, without space around it; false: there is none. Files that were joined may have the mark of
 * UTF-8 in front of any line.
 */
static bool next_line(struct lines *lines, const char **ret_line, size_t *ret_length)
{
	static const char space[] = " \t\r\n\v\f", mark[] = "\xef\xbb\xbf";

	for (;;) {
		if (lines->at < lines->end && memchr(space, *lines->at, sizeof(space)))
			lines->at++;
		else if (starts(lines->at, (size_t)(lines->end - lines->at), mark))
			lines->at += strlen(mark);
		else
			break;
	}
	*ret_line = lines->at;
	while (lines->at < lines->end && *lines->at != '\r' && *lines->at != '\n')
		lines->at++;
	*ret_length = (size_t)(lines->at - *ret_line);
	while (*ret_length && memchr(space, (*ret_line)[*ret_length - 1], sizeof(space)))
		--*ret_length;
	return *ret_length;
}

/* To @text, which has room for twice the file; returns the length. */
static size_t normalise(const void *bytes, size_t length, char *text)
{
	struct lines lines = { bytes, (const char *)bytes + length };
	bool inside = false, headers = false;
	const char *line;
	char *to = text;

	while (next_line(&lines, &line, &length)) {
		bool begins = starts(line, length, "-----BEGIN ");

		if (!inside && !begins)
			continue;
		/* An empty line ends the headers, where there are any. */
		if (headers && !memchr(line, ':', length))
			*to++ = '\n';
		headers = !begins && memchr(line, ':', length);
		inside = !starts(line, length, "-----END ");
		memcpy(to, line, length);
		to += length;
		*to++ = '\n';
	}
	return (size_t)(to - text);
}

/* Beginnings of blocks, wherever they are, and with fewer dashes, too: those that libcrypto does not see as well. */
static unsigned int count_blocks(const char *bytes, size_t length)
{
	static const char begins[] = "--BEGIN ";
	const char *end = bytes + length;
	unsigned int count = 0;

	while ((bytes = memmem(bytes, (size_t)(end - bytes), begins, strlen(begins)))) {
		bytes += strlen(begins);
		count++;
	}
	return count;
}

static int read_blocks(struct container *container, BIO *file, unsigned int count)
{
	struct block block = { 0 };
	int status = errSecSuccess;
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
		status = container_fail(container, errSecDecode, _("Block %u of the file is damaged."),
					blocks + 1);
	if (!status && blocks != count)
		status = container_fail(container, errSecDecode,
					_("The file has %u beginnings of blocks, of which %u can be read: another one does not stand at the "
					  "start of a line, or the block before it has no end."), count, blocks);
	return status;
}

int container_read_pem(struct container *container, const void *bytes, size_t length)
{
	/* A line of one character becomes two bytes, and one more where headers end. */
	size_t size = 2 * length + 2;
	char *text = OPENSSL_malloc(size);
	BIO *file = text ? BIO_new_mem_buf(text, (int)normalise(bytes, length, text)) : NULL;
	int status = file ? read_blocks(container, file, count_blocks(bytes, length))
			  : container_fail(container, errSecAllocate, _("Out of memory."));

	BIO_free(file);
	OPENSSL_clear_free(text, size);
	return status;
}
