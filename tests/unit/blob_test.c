// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blob headers: vectors, and every value of every byte.
 */
#include "keybag/blob.h"
#include "lib/random.h"
#include "lib/tap.h"
#include "lib/vectors.h"

#define SMALLEST	(KB_BLOB_OVERHEAD + 1)

/* The answer that a blob of @length bytes must get, told from its bytes alone. */
static int expected_answer(const u8 *blob, size_t length)
{
	static const u8 classes[] = { 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12 };

	if (length && blob[0] > 1)
		return -EPROTONOSUPPORT;
	if (length < SMALLEST || blob[0] == 0 || blob[1] > 2 ||
	    !memchr(classes, blob[2], sizeof(classes)) || blob[3])
		return -EINVAL;
	if (blob[2] == 2 && (length < SMALLEST + 32 || blob[1]))
		return -EINVAL;
	return blob[4] | blob[5] | blob[6] | blob[7] ? 0 : -EINVAL;
}

/* Reads from memory of exactly that size, so that the sanitizer sees what goes over. */
static int read_exactly(struct kb_blob_header *header, const u8 *blob, size_t length)
{
	u8 *copy = malloc(length ? length : 1);
	int answer;

	memcpy(copy, blob, length);
	answer = kb_blob_header_read(header, copy, length);
	free(copy);
	return answer;
}

static void test_vectors(void)
{
	static const char * const kinds[] = {
		"wrapped secret", "wrapped child key", "by a child key", "unless open", "unless open, RFC 7748",
	};
	struct vectors *vectors = vectors_open("blob.txt");
	struct kb_blob_header header;
	u8 out[KB_BLOB_HEADER_SIZE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct vector *blob = vectors_get(vectors, kinds[i], "blob");
		struct vector *plaintext = vectors_get(vectors, kinds[i], "plaintext");

		check(read_exactly(&header, blob->bytes, blob->length) == 0);
		check(header.flags == vectors_number(vectors, kinds[i], "flags"));
		check(header.class == (i < 3 ? KB_CLASS_AK : KB_CLASS_B));
		check(header.key_generation == vectors_number(vectors, kinds[i], "generation"));
		check(vectors_equal(vectors, kinds[i], "domain", header.domain, KB_DOMAIN_SIZE));
		check(blob->length == plaintext->length + kb_blob_overhead(header.class));
		kb_blob_header_write(out, &header);
		check(!memcmp(out, blob->bytes, sizeof(out)));
		tap_test("vector: %s", kinds[i]);
		free(plaintext);
		free(blob);
	}
	vectors_close(vectors);
}

static void test_every_byte(void)
{
	const struct kb_blob_header header = {
		.flags = KB_BLOB_CHILD_KEY, .class = KB_CLASS_DKU, .key_generation = 0x01020304,
		.domain = "\x80 a domain",
	};
	u8 blob[SMALLEST], out[KB_BLOB_HEADER_SIZE];
	struct kb_blob_header found;
	unsigned int at, value;

	memset(blob, 0xa5, sizeof(blob));
	for (at = 0; at < KB_BLOB_HEADER_SIZE; at++)
		for (value = 0; value < 256; value++) {
			kb_blob_header_write(blob, &header);
			blob[at] = (u8)value;
			if (!check(read_exactly(&found, blob, sizeof(blob)) ==
				   expected_answer(blob, sizeof(blob))))
				printf("# byte %u = %u\n", at, value);
			if (expected_answer(blob, sizeof(blob)))
				continue;
			kb_blob_header_write(out, &found);
			check(!memcmp(out, blob, sizeof(out)));
		}
	tap_test("every value of every byte is refused or read as it is");
}

static void test_no_generation(void)
{
	const struct kb_blob_header header = { .class = KB_CLASS_AK };
	struct kb_blob_header found;
	u8 blob[SMALLEST] = { 0 };

	kb_blob_header_write(blob, &header);
	check(read_exactly(&found, blob, sizeof(blob)) == -EINVAL);
	tap_test("key_generation 0 is refused");
}

static void test_lengths(void)
{
	const struct kb_blob_header header = { .class = KB_CLASS_AK, .key_generation = 1 };
	const struct kb_blob_header pair = { .class = KB_CLASS_B, .key_generation = 1 };
	struct kb_blob_header found;
	u8 blob[2 * SMALLEST] = { 0 };
	size_t length;

	kb_blob_header_write(blob, &header);
	for (length = 0; length <= sizeof(blob); length++)
		check(read_exactly(&found, blob, length) == (length < SMALLEST ? -EINVAL : 0));
	tap_test("a blob without content is refused");

	blob[0] = KB_BLOB_VERSION + 1;
	for (length = 1; length <= sizeof(blob); length++)
		check(read_exactly(&found, blob, length) == -EPROTONOSUPPORT);
	tap_test("a newer version is told whatever its length");

	kb_blob_header_write(blob, &pair);
	for (length = 0; length <= sizeof(blob); length++)
		check(read_exactly(&found, blob, length) == (length < SMALLEST + 32 ? -EINVAL : 0));
	for (blob[1] = 1; blob[1]; blob[1]++)
		check(read_exactly(&found, blob, sizeof(blob)) == -EINVAL);
	tap_test("one of class B has a public half, and no child key");
}

static void test_random(void)
{
	struct random random = { 1 };
	u8 blob[SMALLEST], out[KB_BLOB_HEADER_SIZE];
	struct kb_blob_header header;
	unsigned int round, accepted = 0;

	for (round = 0; round < 200000; round++) {
		random_bytes(&random, blob, sizeof(blob));
		blob[0] = (u8)random_between(&random, 0, 2);
		blob[1] &= 7;
		blob[2] &= 15;
		blob[3] &= 1;
		if (!random_between(&random, 0, 9))
			memset(blob + 4, 0, 4);
		check(read_exactly(&header, blob, sizeof(blob)) ==
		      expected_answer(blob, sizeof(blob)));
		if (expected_answer(blob, sizeof(blob)))
			continue;
		kb_blob_header_write(out, &header);
		check(!memcmp(out, blob, sizeof(out)));
		accepted++;
	}
	check(accepted > 1000);
	tap_test("random headers are refused or read as they are");
}

int main(void)
{
	tap_start();
	test_vectors();
	test_every_byte();
	test_no_generation();
	test_lengths();
	test_random();
	return tap_end();
}
