// SPDX-License-Identifier: GPL-2.0-or-later
#include "locked_crypto.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "common/secret.h"

#define ARENA_SIZE	(64 * 1024)

/* In front of each piece, and what keeps pieces aligned. */
struct piece {
	_Alignas(max_align_t) size_t size;
};

/* One behind the other; what is on top goes back when it is released, the rest is only wiped. */
static uint8_t *arena;
static size_t arena_used;

static bool is_locked(const void *memory)
{
	return arena && (const uint8_t *)memory > arena && (const uint8_t *)memory < arena + ARENA_SIZE;
}

static struct piece *piece_of(void *memory)
{
	return (struct piece *)memory - 1;
}

static void *take(size_t size)
{
	size_t whole = (size + sizeof(struct piece) - 1) / sizeof(struct piece) * sizeof(struct piece);
	struct piece *piece = (struct piece *)(arena + arena_used);

	if (whole < size || whole + sizeof(*piece) > ARENA_SIZE - arena_used)
		return NULL;
	arena_used += sizeof(*piece) + whole;
	piece->size = whole;
	return piece + 1;
}

static void *allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (!size)
		return NULL;
	return arena ? take(size) : malloc(size);
}

static void release(void *memory, const char *file, int line)
{
	size_t size;

	(void)file;
	(void)line;
	if (!is_locked(memory)) {
		free(memory);
		return;
	}
	size = piece_of(memory)->size;
	explicit_bzero(memory, size);
	if ((uint8_t *)memory + size == arena + arena_used)
		arena_used -= size + sizeof(struct piece);
}

static void *reallocate(void *memory, size_t size, const char *file, int line)
{
	void *new;

	if (!memory)
		return allocate(size, file, line);
	if (!size) {
		release(memory, file, line);
		return NULL;
	}
	/* From before the arena was there: nothing secret. */
	if (!is_locked(memory))
		return realloc(memory, size);
	if (size <= piece_of(memory)->size)
		return memory;
	new = take(size);
	if (!new)
		return NULL;
	memcpy(new, memory, piece_of(memory)->size);
	release(memory, file, line);
	return new;
}

/* libcrypto looks algorithms up at their first use and keeps them: half a megabyte that is no secret. */
static void look_algorithms_up(void)
{
	static const uint8_t zero[32];
	uint8_t mac[EVP_MAX_MD_SIZE];
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

	HMAC(EVP_sha256(), zero, sizeof(zero), zero, sizeof(zero), mac, NULL);
	if (context)
		EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, zero, zero);
	EVP_CIPHER_CTX_free(context);
}

int locked_crypto_begin(void)
{
	void *memory;

	if (!CRYPTO_set_mem_functions(allocate, reallocate, release))
		return -ENOMEM;
	look_algorithms_up();
	if (locked_memory_new(&memory, ARENA_SIZE) < 0)
		return -ENOMEM;
	arena = memory;
	return 0;
}
