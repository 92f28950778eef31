// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blowfish's key schedule, made expensive: each round runs it 64 times over digests of the passphrase
 * and of the salt, and encrypts a constant by what comes of it. A round's output is the next one's
 * salt; their exclusive or is the key.
 */
#include "helper/keychain/certificate/container/bcrypt_kdf.h"

#include <endian.h>
#include <string.h>

#include <openssl/sha.h>

#define ROUNDS		16	/* of Blowfish */
#define SUBKEYS		(ROUNDS + 2)
#define BOXES		4
#define BOX_SIZE	256
#define STATE_WORDS	(SUBKEYS + BOXES * BOX_SIZE)
#define OUTPUT_WORDS	8
#define OUTPUT_SIZE	32
#define EXPANSIONS	64

union blowfish {
	struct {
		uint32_t subkeys[SUBKEYS];
		uint32_t boxes[BOXES][BOX_SIZE];
	};
	uint32_t words[STATE_WORDS];	/* both, in that order */
};

/* ---- the initial state: the fraction of pi, which is shorter to compute than to write down ---- */

/* Fixed point, the integer first, two words more than are used. */
#define PI_WORDS	(1 + STATE_WORDS + 2)

/* Divides the words from @first on, those before are zero; returns the first that is not. */
static size_t divide(const uint32_t *number, size_t first, uint32_t by, uint32_t *quotient)
{
	uint64_t rest = 0;

	for (size_t at = first; at < PI_WORDS; at++) {
		rest = rest << 32 | number[at];
		quotient[at] = (uint32_t)(rest / by);
		rest %= by;
	}
	while (first < PI_WORDS && !quotient[first])
		first++;
	return first;
}

/* Adds @number, or subtracts it, modulo 2^32 in the integer. */
static void accumulate(uint32_t *sum, const uint32_t *number, size_t first, bool subtract)
{
	uint64_t carry = subtract;

	for (size_t at = PI_WORDS; at-- > 0;) {
		uint32_t word = at < first ? 0 : number[at];

		carry += (uint64_t)sum[at] + (subtract ? ~word : word);
		sum[at] = (uint32_t)carry;
		carry >>= 32;
	}
}

/* Adds to @sum, or subtracts, @factor times the arc tangent of 1/@of: the sum of ±1/(n*of^n), n odd. */
static void add_arctan(uint32_t *sum, uint32_t factor, uint32_t of, bool subtract)
{
	uint32_t power[PI_WORDS] = { factor }, term[PI_WORDS];
	size_t first = divide(power, 0, of, power);

	for (uint32_t n = 1; first < PI_WORDS; n += 2) {
		size_t term_first;

		memset(term, 0, sizeof(term));
		term_first = divide(power, first, n, term);
		accumulate(sum, term, term_first, subtract != !!(n & 2));
		first = divide(power, first, of * of, power);
	}
}

static void initial_state(union blowfish *state)
{
	uint32_t pi[PI_WORDS] = { 0 };

	/* Machin's formula. */
	add_arctan(pi, 16, 5, false);
	add_arctan(pi, 4, 239, true);
	memcpy(state->words, pi + 1, sizeof(state->words));
}

/* ---- Blowfish ---- */

static uint32_t mix(const union blowfish *state, uint32_t half)
{
	return ((state->boxes[0][half >> 24] + state->boxes[1][half >> 16 & 0xff]) ^
		state->boxes[2][half >> 8 & 0xff]) + state->boxes[3][half & 0xff];
}

static void encipher(const union blowfish *state, uint32_t block[2])
{
	uint32_t left = block[0] ^ state->subkeys[0], right = block[1];

	for (int round = 1; round <= ROUNDS; round += 2) {
		right ^= mix(state, left) ^ state->subkeys[round];
		left ^= mix(state, right) ^ state->subkeys[round + 1];
	}
	block[0] = right ^ state->subkeys[ROUNDS + 1];
	block[1] = left;
}

/* Digests as eight-byte blocks, over and over. */
static uint32_t next_word(const uint8_t digest[SHA512_DIGEST_LENGTH], size_t *at)
{
	uint32_t word;

	memcpy(&word, digest + *at, sizeof(word));
	*at = (*at + sizeof(word)) % SHA512_DIGEST_LENGTH;
	return be32toh(word);
}

/* @salt, which may be NULL, goes into each block; @key into the subkeys before. */
static void expand(union blowfish *state, const uint8_t *salt, const uint8_t key[SHA512_DIGEST_LENGTH])
{
	uint32_t block[2] = { 0 };
	size_t key_at = 0, salt_at = 0;

	for (size_t number = 0; number < SUBKEYS; number++)
		state->subkeys[number] ^= next_word(key, &key_at);
	for (size_t number = 0; number < STATE_WORDS; number += 2) {
		if (salt) {
			block[0] ^= next_word(salt, &salt_at);
			block[1] ^= next_word(salt, &salt_at);
		}
		encipher(state, block);
		state->words[number] = block[0];
		state->words[number + 1] = block[1];
	}
	explicit_bzero(block, sizeof(block));
}

/* ---- the function ---- */

struct work {
	union blowfish initial, state;
	uint8_t passphrase[SHA512_DIGEST_LENGTH], salt[SHA512_DIGEST_LENGTH];
	uint32_t block[OUTPUT_WORDS];
	uint8_t round[OUTPUT_SIZE], sum[OUTPUT_SIZE];
	uint8_t given_salt[BCRYPT_KDF_MAX_SALT + 4];
};

static void hash(struct work *work)
{
	static const char constant[] = "OxychromaticBlowfishSwatDynamite";

	work->state = work->initial;
	expand(&work->state, work->salt, work->passphrase);
	for (int number = 0; number < EXPANSIONS; number++) {
		expand(&work->state, NULL, work->salt);
		expand(&work->state, NULL, work->passphrase);
	}
	memcpy(work->block, constant, sizeof(work->block));
	for (int word = 0; word < OUTPUT_WORDS; word++)
		work->block[word] = be32toh(work->block[word]);
	for (int number = 0; number < EXPANSIONS; number++)
		for (int word = 0; word < OUTPUT_WORDS; word += 2)
			encipher(&work->state, work->block + word);
	for (int word = 0; word < OUTPUT_WORDS; word++)
		work->block[word] = htole32(work->block[word]);
	memcpy(work->round, work->block, sizeof(work->round));
}

/* The part of the key of this number, from 1 on, to work->sum. */
static void derive(struct work *work, size_t salt_length, uint32_t number, uint32_t rounds)
{
	number = htobe32(number);
	memcpy(work->given_salt + salt_length, &number, sizeof(number));
	SHA512(work->given_salt, salt_length + sizeof(number), work->salt);
	hash(work);
	memcpy(work->sum, work->round, sizeof(work->sum));
	for (uint32_t round = 1; round < rounds; round++) {
		SHA512(work->round, sizeof(work->round), work->salt);
		hash(work);
		for (size_t at = 0; at < OUTPUT_SIZE; at++)
			work->sum[at] ^= work->round[at];
	}
}

bool bcrypt_kdf(const void *passphrase, size_t passphrase_length, const uint8_t *salt,
		size_t salt_length, uint32_t rounds, uint8_t *key, size_t key_length)
{
	/* Parts are not one behind the other: byte i of each is followed by byte i of the next. */
	size_t parts = (key_length + OUTPUT_SIZE - 1) / OUTPUT_SIZE;
	struct work work;

	if (!passphrase_length || !salt_length || salt_length > BCRYPT_KDF_MAX_SALT || !rounds || !key_length ||
	    key_length > BCRYPT_KDF_MAX_KEY)
		return false;
	initial_state(&work.initial);
	SHA512(passphrase, passphrase_length, work.passphrase);
	memcpy(work.given_salt, salt, salt_length);
	for (size_t part = 0; part < parts; part++) {
		derive(&work, salt_length, (uint32_t)part + 1, rounds);
		for (size_t at = 0; at * parts + part < key_length; at++)
			key[at * parts + part] = work.sum[at];
	}
	explicit_bzero(&work, sizeof(work));
	return true;
}
