// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The format of sealed files: vectors, every byte of a header, and every way in which chunks do not fit together.
 */
#include <errno.h>
#include <openssl/evp.h>

#include "keybagctl/sealed_file.h"
#include "lib/random.h"
#include "lib/tap.h"
#include "lib/vectors.h"

#define MOST_CHUNKS	4

static uint8_t header[SEALED_HEADER_SIZE], file_key[SEALED_KEY_SIZE];

/* A sealed file in memory, chunk by chunk. */
struct sealed {
	size_t count;
	size_t length[MOST_CHUNKS];
	uint8_t chunk[MOST_CHUNKS][SEALED_CHUNK_ROOM];
};

static void fill(uint8_t *bytes, size_t from, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		bytes[i] = (uint8_t)((from + i) % 251);
}

static struct sealed *seal(size_t length)
{
	struct sealed *sealed = calloc(1, sizeof(*sealed));
	struct sealed_chunks *chunks;
	size_t done = 0;

	check(sealed_chunks_new(header, file_key, true, &chunks) == 0);
	do {
		size_t part = length - done < SEALED_CHUNK_SIZE ? length - done : SEALED_CHUNK_SIZE;
		uint8_t *chunk = sealed->chunk[sealed->count];

		fill(chunk, done, part);
		done += part;
		check(sealed_chunks_seal(chunks, chunk, part, done == length) == (ssize_t)(part + SEALED_TAG_SIZE));
		sealed->length[sealed->count++] = part + SEALED_TAG_SIZE;
	} while (done < length);
	check(sealed_chunks_seal(chunks, sealed->chunk[MOST_CHUNKS - 1], 0, true) == -EINVAL);
	sealed_chunks_free(chunks);
	return sealed;
}

/* Opens it chunk by chunk, each as it is there. Returns the length of the plaintext or -EBADMSG. */
static ssize_t open_with(const uint8_t *by_header, const struct sealed *sealed)
{
	uint8_t *chunk = malloc(SEALED_CHUNK_ROOM), *plain = malloc(SEALED_CHUNK_SIZE);
	struct sealed_chunks *chunks;
	ssize_t length = 0, total = 0;
	size_t i, at;

	check(sealed_chunks_new(by_header, file_key, false, &chunks) == 0);
	for (i = 0; i < sealed->count; i++) {
		memcpy(chunk, sealed->chunk[i], sealed->length[i]);
		length = sealed_chunks_open(chunks, chunk, sealed->length[i], i == sealed->count - 1);
		if (length < 0)
			break;
		fill(plain, (size_t)total, (size_t)length);
		check(!memcmp(chunk, plain, (size_t)length));
		total += length;
	}
	/* Nothing of what was not authentic is left. */
	for (at = 0; length < 0 && at < sealed->length[i]; at++)
		check(!chunk[at]);
	sealed_chunks_free(chunks);
	free(plain);
	free(chunk);
	return length < 0 ? length : total;
}

static void read_common(struct vectors *vectors)
{
	struct vector *value = vectors_get(vectors, "common", "header");

	memcpy(header, value->bytes, sizeof(header));
	free(value);
	value = vectors_get(vectors, "common", "file_key");
	memcpy(file_key, value->bytes, sizeof(file_key));
	free(value);
}

static void test_vectors(struct vectors *vectors)
{
	static const char * const names[] = { "empty", "one chunk", "a full chunk", "two chunks" };
	uint8_t digest[EVP_MAX_MD_SIZE], written[SEALED_HEADER_SIZE];
	size_t i, j;

	memcpy(written, header, sizeof(written));
	memset(written, 0xa5, SEALED_AAD_SIZE);
	sealed_header_write(written, KEYBAG_CLASS_A, sealed_header_uuid(header));
	check(!memcmp(written, header, sizeof(header)));
	check(sealed_header_check(header, sizeof(header)) == 0 && sealed_header_class(header) == KEYBAG_CLASS_A);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = (size_t)vectors_number(vectors, names[i], "length");
		struct sealed *sealed = seal(length);
		EVP_MD_CTX *context = EVP_MD_CTX_new();

		EVP_DigestInit_ex(context, EVP_sha256(), NULL);
		EVP_DigestUpdate(context, header, sizeof(header));
		for (j = 0; j < sealed->count; j++)
			EVP_DigestUpdate(context, sealed->chunk[j], sealed->length[j]);
		EVP_DigestFinal_ex(context, digest, NULL);
		EVP_MD_CTX_free(context);
		check(vectors_equal(vectors, names[i], "sha256", digest, 32));
		check(open_with(header, sealed) == (ssize_t)length);
		free(sealed);
		tap_test("vector: %s", names[i]);
	}
}

static void test_header(void)
{
	struct sealed *sealed = seal(1);
	uint8_t changed[SEALED_HEADER_SIZE + 1] = { 0 };
	size_t at, length;
	int bit, result;

	for (at = 0; at < sizeof(header); at++)
		for (bit = 0; bit < 8; bit++) {
			memcpy(changed, header, sizeof(header));
			changed[at] ^= (uint8_t)(1 << bit);
			result = sealed_header_check(changed, sizeof(header));
			check(at < 8 ? result == -EINVAL : at < 12 ? result == -EPROTONOSUPPORT || result == -EBADMSG :
			      result == 0 || result == -EBADMSG);
			check(at < 12 || at >= 16 || result == -EBADMSG);
			check(open_with(changed, sealed) == -EBADMSG);
		}
	free(sealed);
	tap_test("no bit of a header can be changed");
	memcpy(changed, header, sizeof(header));
	for (length = 0; length <= sizeof(changed); length++)
		check(sealed_header_check(changed, length) == (length < 8 ? -EINVAL :
							       length == sizeof(header) ? 0 : -EBADMSG));
	changed[8] = SEALED_VERSION + 1;
	check(sealed_header_check(changed, 12) == -EPROTONOSUPPORT);
	tap_test("lengths, and a newer version of any length");
}

static void test_damage(void)
{
	struct random random = { .state = 3 };
	struct sealed *sealed = seal(2 * SEALED_CHUNK_SIZE + 100);
	int round;

	check(sealed->count == 3);
	for (round = 0; round < 300; round++) {
		size_t chunk = random_between(&random, 0, 2);
		uint8_t *byte = &sealed->chunk[chunk][random_between(&random, 0, (u32)sealed->length[chunk] - 1)];
		uint8_t bit = (uint8_t)(1 << random_between(&random, 0, 7));

		*byte ^= bit;
		check(open_with(header, sealed) == -EBADMSG);
		*byte ^= bit;
	}
	check(open_with(header, sealed) == 2 * SEALED_CHUNK_SIZE + 100);
	free(sealed);
	tap_test("a changed bit");
}

static void swap(struct sealed *sealed, size_t one, size_t other)
{
	struct sealed *copy = malloc(sizeof(*copy));

	*copy = *sealed;
	memcpy(sealed->chunk[one], copy->chunk[other], SEALED_CHUNK_ROOM);
	memcpy(sealed->chunk[other], copy->chunk[one], SEALED_CHUNK_ROOM);
	sealed->length[one] = copy->length[other];
	sealed->length[other] = copy->length[one];
	free(copy);
}

static void test_order(void)
{
	struct sealed *sealed = seal(3 * SEALED_CHUNK_SIZE);
	struct sealed *other = seal(3 * SEALED_CHUNK_SIZE);
	size_t i, j;

	for (i = 0; i < 3; i++)
		for (j = 0; j < i; j++) {
			swap(sealed, i, j);
			check(open_with(header, sealed) == -EBADMSG);
			swap(sealed, i, j);
		}
	check(open_with(header, sealed) == 3 * SEALED_CHUNK_SIZE);
	tap_test("chunks in another order");
	for (i = 0; i < 3; i++) {
		*other = *sealed;
		memcpy(other->chunk[i + 1], sealed->chunk[i], (3 - i) * (size_t)SEALED_CHUNK_ROOM);
		memcpy(other->length + i + 1, sealed->length + i, (3 - i) * sizeof(size_t));
		other->count = 4;
		check(open_with(header, other) == -EBADMSG);
	}
	tap_test("a chunk twice");
	for (i = 0; i < 3; i++) {
		*other = *sealed;
		memmove(other->chunk[i], other->chunk[i + 1], (2 - i) * (size_t)SEALED_CHUNK_ROOM);
		memmove(other->length + i, other->length + i + 1, (2 - i) * sizeof(size_t));
		other->count = 2;
		check(open_with(header, other) == -EBADMSG);
	}
	tap_test("a chunk left out");
	free(other);
	free(sealed);
}

static void test_ends(void)
{
	struct sealed *sealed = seal(SEALED_CHUNK_SIZE + 100);
	size_t length;

	for (length = 0; length < sealed->length[1]; length++) {
		size_t whole = sealed->length[1];

		sealed->length[1] = length;
		check(open_with(header, sealed) == -EBADMSG);
		sealed->length[1] = whole;
	}
	sealed->length[1]++;
	check(open_with(header, sealed) == -EBADMSG);
	sealed->length[1]--;
	sealed->count = 3;
	for (length = 0; length < 40; length++) {
		sealed->length[2] = length;
		check(open_with(header, sealed) == -EBADMSG);
	}
	free(sealed);
	tap_test("cut off anywhere, or longer");
}

static void test_other_file(void)
{
	struct sealed *sealed = seal(1000);
	uint8_t other[SEALED_HEADER_SIZE];

	memcpy(other, header, sizeof(other));
	sealed_header_write(other, KEYBAG_CLASS_C, sealed_header_uuid(header));
	check(open_with(other, sealed) == -EBADMSG);
	free(sealed);
	tap_test("the header of another file");
}

/* The same key and nonce, but a form that sealing never gives: it would be a second file of the same content. */
static void test_one_form(void)
{
	uint8_t *chunk = calloc(1, SEALED_CHUNK_ROOM);
	struct sealed_chunks *chunks;

	check(sealed_chunks_new(header, file_key, true, &chunks) == 0);
	check(sealed_chunks_seal(chunks, chunk, 100, false) == -EINVAL);
	check(sealed_chunks_seal(chunks, chunk, SEALED_CHUNK_SIZE + 1, true) == -EINVAL);
	check(sealed_chunks_seal(chunks, chunk, SEALED_CHUNK_SIZE, false) == SEALED_CHUNK_ROOM);
	check(sealed_chunks_seal(chunks, chunk, 0, true) == -EINVAL);
	check(sealed_chunks_seal(chunks, chunk, 1, true) == 1 + SEALED_TAG_SIZE);
	sealed_chunks_free(chunks);
	free(chunk);
	tap_test("short chunks in the middle, and an empty one at the end, are refused");
}

int main(void)
{
	struct vectors *vectors = vectors_open("sealed_file.txt");

	tap_start();
	read_common(vectors);
	test_vectors(vectors);
	test_header();
	test_damage();
	test_order();
	test_ends();
	test_other_file();
	test_one_form();
	vectors_close(vectors);
	return tap_end();
}
