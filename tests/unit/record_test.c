// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The record of guesses and wraps, outside and inside its seal.
 */
#include "keybag/bytes.h"
#include "keybag/record.h"
#include "lib/random.h"
#include "lib/tap.h"
#include "lib/vectors.h"

/* Where key_generation and steps of a class are in the content. */
#define GENERATION(class)	(8 + 8 * (class))
#define STEPS(class)		(12 + 8 * (class))

static int header_exactly(u64 *sequence, const u8 *record, size_t length)
{
	u8 *copy = malloc(length ? length : 1);
	int answer;

	memcpy(copy, record, length);
	answer = kb_record_header_read(sequence, copy, length);
	free(copy);
	return answer;
}

static int content_exactly(struct kb_record *record, const u8 *content)
{
	u8 *copy = malloc(KB_RECORD_CONTENT_SIZE);
	int answer;

	memcpy(copy, content, KB_RECORD_CONTENT_SIZE);
	answer = kb_record_content_read(record, copy);
	free(copy);
	return answer;
}

static void test_vectors(void)
{
	static const char * const names[] = { "new", "used" };
	struct vectors *vectors = vectors_open("record.txt");
	struct kb_record record;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct vector *whole = vectors_get(vectors, names[i], "record");
		struct vector *content = vectors_get(vectors, names[i], "content");
		u8 out[KB_RECORD_CONTENT_SIZE];
		u64 sequence = 0;

		check(whole->length == KB_RECORD_SIZE);
		check(content->length == KB_RECORD_CONTENT_SIZE);
		check(header_exactly(&sequence, whole->bytes, whole->length) == 0);
		check(sequence == vectors_number(vectors, names[i], "sequence"));
		kb_record_header_write(out, sequence);
		check(!memcmp(out, whole->bytes, KB_RECORD_HEADER_SIZE));

		check(content_exactly(&record, content->bytes) == 0);
		check(record.failures == vectors_number(vectors, names[i], "failures"));
		kb_record_content_write(out, &record);
		check(!memcmp(out, content->bytes, sizeof(out)));
		tap_test("vector: %s", names[i]);
		free(content);
		free(whole);
	}
	vectors_close(vectors);

	check(record.wraps[KB_CLASS_AK].key_generation == 2);
	check(record.wraps[KB_CLASS_AK].steps == 3);
	check(record.wraps[KB_CLASS_DKU].steps == KB_RECORD_MAX_STEPS);
	check(record.wraps[KB_CLASS_AKPU].key_generation == 9);
	check(record.wraps[KB_CLASS_AKPU].steps == 0);
	check((u64)KB_RECORD_MAX_STEPS * KB_RECORD_WRAP_STEP == 1ULL << 32);
	tap_test("wraps are counted by class number, up to 2^32");
}

static void test_header(void)
{
	u8 record[KB_RECORD_SIZE + 20] = { 0 };
	u64 sequence, untouched = 42;
	unsigned int bit;
	size_t length;

	kb_record_header_write(record, 7);
	for (length = 0; length <= sizeof(record); length++)
		check(header_exactly(&sequence, record, length) ==
		      (length == KB_RECORD_SIZE ? 0 : -EBADMSG));
	tap_test("a record of any other length is refused");

	/* Its own length says 181 and it is 181 long: still not a record of this version. */
	for (length = KB_RECORD_HEADER_SIZE; length <= sizeof(record); length++) {
		kb_put_le32(record + 4, (u32)length);
		check(header_exactly(&sequence, record, length) ==
		      (length == KB_RECORD_SIZE ? 0 : -EBADMSG));
	}
	tap_test("nor is one that owns up to its length");

	for (bit = 0; bit < 64; bit++) {
		bool version = bit < 32;
		/* Bit 0 makes version 0; another one a version newer than 1. */
		int answer = version && bit ? -EPROTONOSUPPORT : -EBADMSG;

		kb_record_header_write(record, 7);
		record[bit / 8] ^= (u8)(1 << bit % 8);
		check(header_exactly(&untouched, record, KB_RECORD_SIZE) == answer);
	}
	check(untouched == 42);
	tap_test("a flipped bit of version or length is refused");
}

static void test_content_rules(void)
{
	static const struct {
		const char *name;
		unsigned int at;
		u32 value;
		bool sound;
	} cases[] = {
		{ "failures",			0,		     0xffffffff, true },
		{ "flag: assumed",		4,		     1,		 true },
		{ "an unknown flag",		4,		     2,		 false },
		{ "all flags",			4,		     0xffffffff, false },
		{ "generation of class 0",	GENERATION(0),	     1,		 false },
		{ "generation of class 5",	GENERATION(5),	     1,		 false },
		{ "generation of class 12",	GENERATION(12),	     0xffffffff, true },
		{ "generation of class 13",	GENERATION(13),	     1,		 false },
		{ "generation of class 15",	GENERATION(15),	     1,		 false },
		{ "steps without generation",	STEPS(KB_CLASS_CK),  1,		 false },
		{ "steps of class 15",		STEPS(15),	     1,		 false },
		{ "most steps",			STEPS(KB_CLASS_AK),  4096,	 true },
		{ "one step too many",		STEPS(KB_CLASS_AK),  4097,	 false },
		{ "far too many steps",		STEPS(KB_CLASS_AK),  0xffffffff, false },
	};
	u8 content[KB_RECORD_CONTENT_SIZE];
	struct kb_record record;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(content, 0, sizeof(content));
		kb_put_le32(content + GENERATION(KB_CLASS_AK), 1);
		kb_put_le32(content + cases[i].at, cases[i].value);
		check(content_exactly(&record, content) == (cases[i].sound ? 0 : -EBADMSG));
		tap_test("content: %s is %s", cases[i].name,
			 cases[i].sound ? "accepted" : "refused");
	}
}

/* Whether the content is sound, told in another way than the codec does. */
static bool sound(const u8 *content)
{
	unsigned int class;

	if (kb_get_le32(content + 4) > 1)
		return false;
	for (class = 0; class < KB_CLASS_SLOTS; class++) {
		bool assigned = 0x1fde >> class & 1;
		u32 key_generation = kb_get_le32(content + GENERATION(class));
		u32 steps = kb_get_le32(content + STEPS(class));

		if ((key_generation && !assigned) || (steps && !key_generation) || steps > 4096)
			return false;
	}
	return true;
}

static void test_every_byte(void)
{
	u8 original[KB_RECORD_CONTENT_SIZE], content[KB_RECORD_CONTENT_SIZE];
	struct vectors *vectors = vectors_open("record.txt");
	struct vector *used = vectors_get(vectors, "used", "content");
	struct kb_record record;
	unsigned int at, value;

	memcpy(original, used->bytes, sizeof(original));
	for (at = 0; at < sizeof(content); at++)
		for (value = 0; value < 256; value++) {
			memcpy(content, original, sizeof(content));
			content[at] = (u8)value;
			if (!check(content_exactly(&record, content) ==
				   (sound(content) ? 0 : -EBADMSG)))
				printf("# byte %u = %u\n", at, value);
			if (!sound(content))
				continue;
			kb_record_content_write(content, &record);
			check(content[at] == (u8)value);
			content[at] = original[at];
			check(!memcmp(content, original, sizeof(content)));
		}
	tap_test("every value of every byte is refused or read as it is");
	free(used);
	vectors_close(vectors);
}

static void test_round_trip(void)
{
	struct random random = { 2 };
	struct kb_record record, found;
	u8 out[KB_RECORD_CONTENT_SIZE];
	unsigned int round, i;

	for (round = 0; round < 10000; round++) {
		memset(&record, 0, sizeof(record));
		record.failures = (u32)random_u64(&random);
		record.assumed = random_u64(&random) & 1;
		for (i = 0; i < kb_class_count; i++) {
			unsigned int class = kb_classes[i].class;

			record.wraps[class].key_generation = (u32)random_between(&random, 0, ~0U);
			if (record.wraps[class].key_generation)
				record.wraps[class].steps =
					random_between(&random, 0, KB_RECORD_MAX_STEPS);
		}
		kb_record_content_write(out, &record);
		check(content_exactly(&found, out) == 0);
		check(!memcmp(&found, &record, sizeof(record)));
	}
	tap_test("random records are read as they were written");
}

int main(void)
{
	tap_start();
	test_vectors();
	test_header();
	test_content_rules();
	test_every_byte();
	test_round_trip();
	return tap_end();
}
