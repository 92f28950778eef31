// SPDX-License-Identifier: GPL-2.0-or-later
#include "sealed_file.h"

#include <endian.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "common/registers.h"
#include "common/secret.h"

#define MAGIC		"KBSEAL\0\1"
#define NONCE_SIZE	12
#define PREFIX_SIZE	7
#define MAX_CHUNKS	(UINT64_C(1) << 32)

/* Where the fields of a header are. */
enum {
	AT_VERSION	= 8,
	AT_CLASS	= 12,
	AT_UUID		= 16,
	AT_BLOB_LENGTH	= 32,
	/* In the wrapped key, docs/format.md: class of a blob. */
	AT_BLOB_CLASS	= SEALED_AAD_SIZE + 2,
};

static void put_u32(uint8_t *bytes, uint32_t number)
{
	number = htole32(number);
	memcpy(bytes, &number, sizeof(number));
}

static uint32_t get_u32(const uint8_t *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return le32toh(number);
}

void sealed_header_write(uint8_t header[SEALED_HEADER_SIZE], uint32_t class_number,
			 const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	memcpy(header, MAGIC, AT_VERSION);
	put_u32(header + AT_VERSION, SEALED_VERSION);
	put_u32(header + AT_CLASS, class_number);
	memcpy(header + AT_UUID, uuid, KEYBAG_UUID_SIZE);
	put_u32(header + AT_BLOB_LENGTH, SEALED_BLOB_SIZE);
}

int sealed_header_check(const uint8_t *header, size_t length)
{
	if (length < AT_VERSION || memcmp(header, MAGIC, AT_VERSION))
		return -EINVAL;
	if (length < AT_CLASS || !get_u32(header + AT_VERSION))
		return -EBADMSG;
	if (get_u32(header + AT_VERSION) > SEALED_VERSION)
		return -EPROTONOSUPPORT;
	if (length != SEALED_HEADER_SIZE || get_u32(header + AT_BLOB_LENGTH) != SEALED_BLOB_SIZE ||
	    !keybag_class_name(get_u32(header + AT_CLASS)) ||
	    header[AT_BLOB_CLASS] != get_u32(header + AT_CLASS) ||
	    get_u32(header + AT_CLASS) == KEYBAG_CLASS_B)
		return -EBADMSG;
	return 0;
}

uint32_t sealed_header_class(const uint8_t header[SEALED_HEADER_SIZE])
{
	return get_u32(header + AT_CLASS);
}

const uint8_t *sealed_header_uuid(const uint8_t header[SEALED_HEADER_SIZE])
{
	return header + AT_UUID;
}

struct sealed_chunks {
	EVP_CIPHER_CTX *context;
	uint8_t prefix[PREFIX_SIZE];
	uint64_t count;		/* of those that are done */
	bool ended;		/* the last one is */
};

/* The intermediate values of the derivation; in locked memory. */
struct derivation {
	uint8_t input[4 + SEALED_KEY_SIZE];	/* lp(file key), as docs/format.md writes it */
	uint8_t extracted[SEALED_KEY_SIZE];
	uint8_t key[SEALED_KEY_SIZE];
	uint8_t prefix[SEALED_KEY_SIZE];
};

static bool hmac(const uint8_t *key, size_t key_length, const void *bytes, size_t length, uint8_t ret_mac[SEALED_KEY_SIZE])
{
	return HMAC(EVP_sha256(), key, (int)key_length, bytes, length, ret_mac, NULL);
}

/* HKDF-Expand of one block. @info ends with the number of that block. */
static bool expand(const uint8_t extracted[SEALED_KEY_SIZE], const char *info, size_t length,
		   uint8_t ret_key[SEALED_KEY_SIZE])
{
	return hmac(extracted, SEALED_KEY_SIZE, info, length, ret_key);
}

/* The whole header is the salt: a header that is exchanged, or changed in any bit, is another key. */
static bool derive(const uint8_t header[SEALED_HEADER_SIZE], const uint8_t *file_key, struct derivation *derivation)
{
	static const char key_info[] = "keybag v1 sealed file key\1";
	static const char nonce_info[] = "keybag v1 sealed file nonce\1";

	put_u32(derivation->input, SEALED_KEY_SIZE);
	memcpy(derivation->input + 4, file_key, SEALED_KEY_SIZE);
	return hmac(header, SEALED_HEADER_SIZE, derivation->input, sizeof(derivation->input), derivation->extracted) &&
	       expand(derivation->extracted, key_info, sizeof(key_info) - 1, derivation->key) &&
	       expand(derivation->extracted, nonce_info, sizeof(nonce_info) - 1, derivation->prefix);
}

static int begin(struct sealed_chunks *chunks, const uint8_t header[SEALED_HEADER_SIZE], const uint8_t *file_key, bool seal)
{
	CLEANUP_SECRET struct secret scratch = SECRET_NONE;
	struct derivation *derivation;

	if (secret_new(&scratch, sizeof(*derivation)) < 0)
		return -ENOMEM;
	derivation = (struct derivation *)scratch.data;
	if (!derive(header, file_key, derivation))
		return -ENOMEM;
	memcpy(chunks->prefix, derivation->prefix, PREFIX_SIZE);
	chunks->context = EVP_CIPHER_CTX_new();
	if (!chunks->context ||
	    EVP_CipherInit_ex(chunks->context, EVP_aes_256_gcm(), NULL, derivation->key, NULL, seal) != 1)
		return -ENOMEM;
	return 0;
}

int sealed_chunks_new(const uint8_t header[SEALED_HEADER_SIZE], const uint8_t *file_key, bool seal,
		      struct sealed_chunks **ret_chunks)
{
	CLEANUP_CHUNKS struct sealed_chunks *chunks = calloc(1, sizeof(*chunks));
	int result;

	if (!chunks)
		return -ENOMEM;
	result = begin(chunks, header, file_key, seal);
	clear_vector_registers();
	if (result < 0)
		return result;
	*ret_chunks = chunks;
	chunks = NULL;
	return 0;
}

void sealed_chunks_free(struct sealed_chunks *chunks)
{
	if (!chunks)
		return;
	EVP_CIPHER_CTX_free(chunks->context);
	free(chunks);
}

/* The nonce of STREAM: prefix, number of the chunk (big-endian), whether it is the last one. */
static void make_nonce(const struct sealed_chunks *chunks, bool last, uint8_t nonce[NONCE_SIZE])
{
	uint32_t number = htobe32((uint32_t)chunks->count);

	memcpy(nonce, chunks->prefix, PREFIX_SIZE);
	memcpy(nonce + PREFIX_SIZE, &number, sizeof(number));
	nonce[NONCE_SIZE - 1] = last;
}

/* Each content has one form alone: full chunks, and an empty one only where there is nothing else. */
static bool length_fits(const struct sealed_chunks *chunks, size_t length, bool last)
{
	if (last)
		return length <= SEALED_CHUNK_SIZE && (length || !chunks->count);
	return length == SEALED_CHUNK_SIZE;
}

static void chunk_done(struct sealed_chunks *chunks, bool last)
{
	chunks->count++;
	chunks->ended = last;
}

/* The cipher over @length bytes in place; the key stays, the nonce is that of this chunk. */
static bool run_cipher(struct sealed_chunks *chunks, uint8_t *chunk, size_t length, bool last)
{
	uint8_t nonce[NONCE_SIZE];
	int part = 0;

	make_nonce(chunks, last, nonce);
	return EVP_CipherInit_ex(chunks->context, NULL, NULL, NULL, nonce, -1) == 1 &&
	       (!length || (EVP_CipherUpdate(chunks->context, chunk, &part, chunk, (int)length) == 1 &&
			    (size_t)part == length));
}

ssize_t sealed_chunks_seal(struct sealed_chunks *chunks, uint8_t *chunk, size_t length, bool last)
{
	uint8_t none[NONCE_SIZE];
	bool done;
	int part;

	if (chunks->ended || !length_fits(chunks, length, last))
		return -EINVAL;
	if (chunks->count == MAX_CHUNKS)
		return -EFBIG;
	done = run_cipher(chunks, chunk, length, last) && EVP_CipherFinal_ex(chunks->context, none, &part) == 1 &&
	       EVP_CIPHER_CTX_ctrl(chunks->context, EVP_CTRL_AEAD_GET_TAG, SEALED_TAG_SIZE, chunk + length) == 1;
	clear_vector_registers();
	if (!done)
		return -ENOMEM;
	chunk_done(chunks, last);
	return (ssize_t)(length + SEALED_TAG_SIZE);
}

ssize_t sealed_chunks_open(struct sealed_chunks *chunks, uint8_t *chunk, size_t length, bool last)
{
	size_t plain = length - SEALED_TAG_SIZE;
	uint8_t none[NONCE_SIZE];
	bool done;
	int part;

	if (length < SEALED_TAG_SIZE || chunks->ended || chunks->count == MAX_CHUNKS || !length_fits(chunks, plain, last)) {
		explicit_bzero(chunk, length);
		return -EBADMSG;
	}
	done = run_cipher(chunks, chunk, plain, last) &&
	       EVP_CIPHER_CTX_ctrl(chunks->context, EVP_CTRL_AEAD_SET_TAG, SEALED_TAG_SIZE, chunk + plain) == 1 &&
	       EVP_CipherFinal_ex(chunks->context, none, &part) == 1;
	clear_vector_registers();
	if (!done) {
		explicit_bzero(chunk, length);
		return -EBADMSG;
	}
	chunk_done(chunks, last);
	return (ssize_t)plain;
}
