// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenSSH's own form of private keys (PROTOCOL.key): names and numbers of SSH, the private part under
 * a passphrase or not. It is no ASN.1, and libcrypto does not read it.
 */
#include <stdint.h>
#include <string.h>

#include <openssl/bn.h>

#include "helper/common/utf8.h"
#include "helper/common/translate.h"
#include "helper/keychain/certificate/container/bcrypt_kdf.h"
#include "helper/keychain/certificate/container/container_openssh.h"
#include "helper/keychain/certificate/container/container_parts.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/ssh_key.h"
#include "helper/keychain/include/keychain-status.h"

#define MAGIC		"openssh-key-v1"
#define MAX_ROUNDS	4096		/* of bcrypt: some 25 seconds */
#define POLY1305_SIZE	16
#define MAX_NUMBER	(16384 / 8 + 1)	/* bytes of an integer */

/* A string of SSH, within the bytes it was read from. */
struct text {
	const uint8_t *data;
	size_t length;
};

static bool read_number(struct text *from, uint32_t *ret_number)
{
	if (from->length < 4)
		return false;
	*ret_number = (uint32_t)from->data[0] << 24 | (uint32_t)from->data[1] << 16 |
		      (uint32_t)from->data[2] << 8 | from->data[3];
	from->data += 4;
	from->length -= 4;
	return true;
}

static bool read_text(struct text *from, struct text *ret_text)
{
	uint32_t length;

	if (!read_number(from, &length) || length > from->length)
		return false;
	*ret_text = (struct text){ from->data, length };
	from->data += length;
	from->length -= length;
	return true;
}

static bool is(const struct text *text, const char *word)
{
	return text->length == strlen(word) && !memcmp(text->data, word, text->length);
}

static bool starts(const struct text *text, const char *word)
{
	return text->length >= strlen(word) && !memcmp(text->data, word, strlen(word));
}

static bool ends(const struct text *text, const char *word)
{
	return text->length >= strlen(word) &&
	       !memcmp(text->data + text->length - strlen(word), word, strlen(word));
}

/* An integer that is not negative, to be freed. */
static bool read_integer(struct text *from, BIGNUM **ret_integer)
{
	struct text bytes;

	if (!read_text(from, &bytes) || bytes.length > MAX_NUMBER || (bytes.length && bytes.data[0] & 0x80))
		return false;
	*ret_integer = BN_bin2bn(bytes.data, (int)bytes.length, NULL);
	if (*ret_integer)
		BN_set_flags(*ret_integer, BN_FLG_CONSTTIME);
	return *ret_integer;
}

static int damaged(struct container *container)
{
	return container_fail(container, errSecDecode, _("The OpenSSH key is damaged."));
}

static int wrong_passphrase(struct container *container)
{
	return container_fail(container, errSecAuthFailed, _("The passphrase is not that of the OpenSSH key."));
}

/* ---- under the passphrase ---- */

struct sealed {
	struct text cipher, kdf, options, text;
	struct text rest;	/* behind the text: what authenticates it */
};

static const struct cipher {
	const char *name, *cipher;
	int tag;		/* bytes */
} ciphers[] = {
	{ "aes128-cbc", "AES-128-CBC", 0 },
	{ "aes192-cbc", "AES-192-CBC", 0 },
	{ "aes256-cbc", "AES-256-CBC", 0 },
	{ "aes128-ctr", "AES-128-CTR", 0 },
	{ "aes192-ctr", "AES-192-CTR", 0 },
	{ "aes256-ctr", "AES-256-CTR", 0 },
	{ "aes128-gcm@openssh.com", "AES-128-GCM", 16 },
	{ "aes256-gcm@openssh.com", "AES-256-GCM", 16 },
	{ "3des-cbc", "DES-EDE3-CBC", 0 },
	/* A key of twice that length, the first half for this, and a tag of its own. */
	{ "chacha20-poly1305@openssh.com", "ChaCha20", 0 },
};

static const struct cipher *find_cipher(const struct text *name)
{
	for (size_t number = 0; number < sizeof(ciphers) / sizeof(*ciphers); number++)
		if (is(name, ciphers[number].name))
			return &ciphers[number];
	return NULL;
}

static bool is_chacha(const struct cipher *cipher)
{
	return cipher == &ciphers[sizeof(ciphers) / sizeof(*ciphers) - 1];
}

/*
 * The key of the MAC is the first block of the stream, the text begins with the second. Sequence
 * number and additional data are those of a first packet: none.
 */
static bool verify_chacha(EVP_CIPHER_CTX *context, const struct sealed *sealed)
{
	EVP_MAC *kind CLEANUP(free_mac) = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	EVP_MAC_CTX *mac CLEANUP(free_mac_context) = kind ? EVP_MAC_CTX_new(kind) : NULL;
	unsigned char block[64] = { 0 }, tag[POLY1305_SIZE];
	size_t length = 0;
	int used;
	bool verified;

	verified = mac && sealed->rest.length == sizeof(tag) &&
		   EVP_DecryptUpdate(context, block, &used, block, sizeof(block)) &&
		   EVP_MAC_init(mac, block, 32, NULL) &&
		   EVP_MAC_update(mac, sealed->text.data, sealed->text.length) &&
		   EVP_MAC_final(mac, tag, &length, sizeof(tag)) && length == sizeof(tag) &&
		   !CRYPTO_memcmp(tag, sealed->rest.data, sizeof(tag));
	OPENSSL_cleanse(block, sizeof(block));
	return verified;
}

static bool decipher(const struct cipher *cipher, const EVP_CIPHER *kind, const struct sealed *sealed,
		     const uint8_t *key, const uint8_t *iv, unsigned char *plain)
{
	EVP_CIPHER_CTX *context CLEANUP(free_cipher_context) = EVP_CIPHER_CTX_new();
	int used, last;

	if (!context || !EVP_DecryptInit_ex2(context, kind, key, iv, NULL))
		return false;
	EVP_CIPHER_CTX_set_padding(context, 0);
	if (is_chacha(cipher) && !verify_chacha(context, sealed))
		return false;
	if (cipher->tag && (sealed->rest.length != (size_t)cipher->tag ||
			    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, cipher->tag,
						(void *)sealed->rest.data) <= 0))
		return false;
	return EVP_DecryptUpdate(context, plain, &used, sealed->text.data, (int)sealed->text.length) &&
	       EVP_DecryptFinal_ex(context, plain + used, &last) && (size_t)(used + last) == sealed->text.length;
}

/* Reads salt and rounds of the KDF out of the file; fails where the KDF is not known, or asks for too much work. */
static int read_options(struct container *container, const struct sealed *sealed, struct text *ret_salt,
			uint32_t *ret_rounds)
{
	struct text options = sealed->options;

	if (!is(&sealed->kdf, "bcrypt"))
		return container_fail(container, errSecDecode,
				      _("The OpenSSH key is encrypted in a way that is not known: 'ssh-keygen -p -f FILE' "
				      "writes it anew."));
	if (!read_text(&options, ret_salt) || !read_number(&options, ret_rounds) || options.length ||
	    !ret_salt->length || ret_salt->length > BCRYPT_KDF_MAX_SALT || !*ret_rounds)
		return damaged(container);
	if (*ret_rounds > MAX_ROUNDS)
		return container_fail(container, errSecDecode,
				      _("The OpenSSH key asks for more than %d rounds of bcrypt: 'ssh-keygen -p -a 100 -f "
				      "FILE' writes it with fewer."), MAX_ROUNDS);
	return errSecSuccess;
}

/* To @plain, of the text's length. */
static int decrypt(struct container *container, const struct sealed *sealed, unsigned char *plain)
{
	const struct cipher *cipher = find_cipher(&sealed->cipher);
	EVP_CIPHER *kind CLEANUP(free_cipher) = cipher ? EVP_CIPHER_fetch(NULL, cipher->cipher, NULL) : NULL;
	uint8_t derived[2 * EVP_MAX_KEY_LENGTH + EVP_MAX_IV_LENGTH] = { 0 };
	size_t key_length, iv_length;
	struct text salt = { 0 };
	uint32_t rounds = 0;
	int status;

	if (!kind)
		return container_fail(container, errSecDecode,
				      _("The OpenSSH key is under a cipher that is not known: 'ssh-keygen -p -Z aes256-ctr "
				      "-f FILE' writes it with another."));
	status = read_options(container, sealed, &salt, &rounds);
	if (!status)
		status = container_ask(container);
	if (status)
		return status;
	/* ChaCha20's vector, counter and nonce, is all zero, and the second half of the key unused. */
	key_length = (size_t)EVP_CIPHER_get_key_length(kind) * (is_chacha(cipher) ? 2 : 1);
	iv_length = is_chacha(cipher) ? 0 : (size_t)EVP_CIPHER_get_iv_length(kind);
	if (!container->passphrase.length ||
	    !bcrypt_kdf(container->passphrase.data, container->passphrase.length, salt.data, salt.length, rounds,
			derived, key_length + iv_length) ||
	    !decipher(cipher, kind, sealed, derived, derived + key_length, plain))
		status = wrong_passphrase(container);
	OPENSSL_cleanse(derived, sizeof(derived));
	return status;
}

/* ---- the keys ---- */

static EVP_PKEY *read_rsa(struct text *from)
{
	BIGNUM *n CLEANUP(free_number) = NULL, *e CLEANUP(free_number) = NULL;
	BIGNUM *d CLEANUP(free_number) = NULL, *inverse CLEANUP(free_number) = NULL;
	BIGNUM *p CLEANUP(free_number) = NULL, *q CLEANUP(free_number) = NULL;

	if (!read_integer(from, &n) || !read_integer(from, &e) || !read_integer(from, &d) || !read_integer(from, &inverse) ||
	    !read_integer(from, &p) || !read_integer(from, &q))
		return NULL;
	return ssh_key_rsa(&(struct ssh_rsa){ .n = n, .e = e, .d = d, .inverse = inverse, .p = p, .q = q });
}

static EVP_PKEY *read_ecdsa(struct text *from, const char *curve, const char *group)
{
	BIGNUM *private CLEANUP(free_number) = NULL;
	struct text name, point;

	if (!read_text(from, &name) || !is(&name, curve) || !read_text(from, &point) || !read_integer(from, &private))
		return NULL;
	return ssh_key_ecdsa(group, point.data, point.length, private);
}

static EVP_PKEY *read_ed25519(struct text *from)
{
	struct text public, private;

	if (!read_text(from, &public) || !read_text(from, &private) || public.length != SSH_ED25519_SIZE ||
	    private.length != 2 * SSH_ED25519_SIZE)
		return NULL;
	return ssh_key_ed25519(public.data, private.data);
}

static int refuse(struct container *container, const struct text *kind)
{
	if (ends(kind, "-cert-v01@openssh.com"))
		return container_fail(container, errSecDecode,
				      _("The file is a certificate of OpenSSH, which is none of X.509."));
	if (starts(kind, "sk-"))
		return container_fail(container, errSecDecode,
				      _("The OpenSSH key is one of a security key (FIDO): its private half is in the "
				      "device, and there is nothing to import."));
	return container_fail(container, errSecDecode,
			      _("The OpenSSH key is of a kind that is not known: Ed25519, RSA and ECDSA are."));
}

static int add_key(struct container *container, EVP_PKEY *key, const struct text *comment)
{
	PKCS8_PRIV_KEY_INFO *wrapped CLEANUP(free_pkcs8) = EVP_PKEY2PKCS8(key);
	char *name CLEANUP_FREE = NULL;

	if (comment->length && !memchr(comment->data, 0, comment->length) &&
	    utf8_valid((const char *)comment->data, comment->length))
		name = strndup((const char *)comment->data, comment->length);
	return wrapped ? container_add_private(container, wrapped, name) : damaged(container);
}

/* 1, 2, 3, ... */
static bool is_padding(const struct text *rest)
{
	for (size_t at = 0; at < rest->length; at++)
		if (rest->data[at] != (at + 1) % 256)
			return false;
	return true;
}

/* @private, in the clear: one key, its comment, the padding. */
static int read_private(struct container *container, struct text private, bool was_sealed)
{
	EVP_PKEY *key CLEANUP(free_pkey) = NULL;
	uint32_t check, again;
	struct text kind, comment;

	if (!read_number(&private, &check) || !read_number(&private, &again))
		return damaged(container);
	if (check != again)
		return was_sealed ? wrong_passphrase(container) : damaged(container);
	if (!read_text(&private, &kind))
		return damaged(container);
	if (is(&kind, "ssh-ed25519"))
		key = read_ed25519(&private);
	else if (is(&kind, "ssh-rsa"))
		key = read_rsa(&private);
	else if (is(&kind, "ecdsa-sha2-nistp256"))
		key = read_ecdsa(&private, "nistp256", "P-256");
	else if (is(&kind, "ecdsa-sha2-nistp384"))
		key = read_ecdsa(&private, "nistp384", "P-384");
	else if (is(&kind, "ecdsa-sha2-nistp521"))
		key = read_ecdsa(&private, "nistp521", "P-521");
	else
		return refuse(container, &kind);
	if (!key || !read_text(&private, &comment) || !is_padding(&private))
		return damaged(container);
	return add_key(container, key, &comment);
}

int container_read_openssh(struct container *container, const void *bytes, size_t length)
{
	struct text file = { bytes, length }, public, kind;
	struct sealed sealed;
	unsigned char *plain;
	uint32_t keys;
	int status;

	if (length < sizeof(MAGIC) || memcmp(bytes, MAGIC, sizeof(MAGIC)))
		return damaged(container);
	file.data += sizeof(MAGIC);
	file.length -= sizeof(MAGIC);
	if (!read_text(&file, &sealed.cipher) || !read_text(&file, &sealed.kdf) ||
	    !read_text(&file, &sealed.options) || !read_number(&file, &keys) || keys != 1 ||
	    !read_text(&file, &public) || !read_text(&public, &kind) || !read_text(&file, &sealed.text))
		return damaged(container);
	sealed.rest = file;
	/* A passphrase would be asked for in vain. */
	if (starts(&kind, "sk-") || ends(&kind, "-cert-v01@openssh.com"))
		return refuse(container, &kind);
	if (is(&sealed.cipher, "none"))
		return file.length ? damaged(container) : read_private(container, sealed.text, false);
	plain = OPENSSL_malloc(sealed.text.length + EVP_MAX_BLOCK_LENGTH);
	if (!plain)
		return container_fail(container, errSecAllocate, _("Out of memory."));
	status = decrypt(container, &sealed, plain);
	if (!status)
		status = read_private(container, (struct text){ plain, sealed.text.length }, true);
	OPENSSL_clear_free(plain, sealed.text.length + EVP_MAX_BLOCK_LENGTH);
	return status;
}

/* ---- what is not PEM ---- */

const char *container_ssh_problem(const void *bytes, size_t length)
{
	static const char *const kinds[] = { "ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-" };
	struct text file = { bytes, length }, kind = file;

	if (starts(&file, "PuTTY-User-Key-File-"))
		return _("The file is a key of PuTTY: 'puttygen FILE -O private-openssh -o OTHER' writes one that can be "
		       "imported.");
	if (starts(&file, "---- BEGIN SSH2 "))
		return _("The file is a key of SSH2: 'ssh-keygen -i -f FILE' writes it for OpenSSH, 'ssh-keygen -e -m PKCS8 "
		       "-f OTHER' that one as PEM, which can be imported.");
	kind.length = 0;
	while (kind.length < length && kind.data[kind.length] != ' ')
		kind.length++;
	for (size_t number = 0; number < sizeof(kinds) / sizeof(*kinds); number++) {
		if (!starts(&kind, kinds[number]))
			continue;
		if (ends(&kind, "-cert-v01@openssh.com"))
			return _("The file is a certificate of OpenSSH, which is none of X.509.");
		if (starts(&kind, "sk-"))
			return _("The file is the public half of a security key (FIDO) for OpenSSH, which is of no use to "
			       "others.");
		return _("The file is a public key of OpenSSH: 'ssh-keygen -e -m PKCS8 -f FILE' writes it as PEM, which "
		       "can be imported.");
	}
	return NULL;
}
