// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sealed forms that are damaged in every place: each is refused, or read as it is.
 *
 * Whether a damaged form that reads well is believed is a matter of the SHA-256 and the MACs.
 */
#include "keybag/bytes.h"
#include "keybag/tlv.h"
#include "lib/raw_form.h"
#include "lib/tap.h"

#define HEADER_LENGTH	12	/* offset of the length in the header */
#define ROUNDS		20000

static const char * const names[] = { "user", "hardware", "guarded", "without passcode", "system" };

static struct bytes copy_of(const struct bytes *bytes, size_t length)
{
	struct bytes copy = { .length = length, .data = calloc(1, length ? length : 1) };

	memcpy(copy.data, bytes->data, length < bytes->length ? length : bytes->length);
	return copy;
}

/* Makes bytes of another length a form whose header says so, with a trailer of its own. */
static void adjust(struct bytes *bytes)
{
	if (bytes->length >= KB_FORM_HEADER_SIZE)
		kb_put_le32(bytes->data + HEADER_LENGTH, (u32)bytes->length);
}

static void test_flipped(const char *name)
{
	struct bytes original = form_from_vectors(name);
	unsigned int accepted = 0;
	size_t at;
	int flip;

	for (at = 0; at < original.length; at++)
		for (flip = 0; flip < 9; flip++) {
			struct bytes bytes = copy_of(&original, original.length);
			bool sound = false, newer = at >= 8 && at < 12 && (at > 8 || flip);
			int answer;

			bytes.data[at] ^= flip < 8 ? (u8)(1 << flip) : 0xff;
			answer = form_parse_checked(&bytes, &sound);
			if (!check(sound))
				printf("# byte %zu, flip %d: %d\n", at, flip, answer);
			if (at < KB_FORM_HEADER_SIZE)
				check(answer == (newer ? -EPROTONOSUPPORT : -EBADMSG));
			if (at >= original.length - KB_FORM_TRAILER_SIZE)
				check(answer == 0);
			accepted += answer == 0;
			free(bytes.data);
		}
	/* Keys, salts, verifiers and names: more than half of the bytes have no wrong value. */
	check(accepted > original.length * 9 / 2);
	tap_test("%s: every byte flipped is refused or read as it is", name);
	free(original.data);
}

static void test_cut(const char *name)
{
	struct bytes original = form_from_vectors(name);
	struct raw_form *raw = raw_take_apart(&original);
	size_t length, end = KB_FORM_HEADER_SIZE;
	unsigned int next = 0;
	bool sound = false;

	for (length = 0; length < original.length; length++) {
		struct bytes bytes = copy_of(&original, length);

		check(form_parse_checked(&bytes, &sound) == -EBADMSG && sound);
		check(kb_form_check_header(bytes.data, length) == -EBADMSG);
		/* Below this there is no room for TLVs, whatever the header says. */
		if (length < KB_FORM_HEADER_SIZE + KB_FORM_TRAILER_SIZE) {
			adjust(&bytes);
			check(form_parse_checked(&bytes, &sound) == -EBADMSG && sound);
		}
		free(bytes.data);
	}
	tap_test("%s: cut short at every length it is refused", name);

	for (length = 0; length < original.length - KB_FORM_TRAILER_SIZE; length++) {
		struct bytes bytes = copy_of(&original, length + KB_FORM_TRAILER_SIZE);
		int answer;

		memset(bytes.data + length, 0, KB_FORM_TRAILER_SIZE);
		adjust(&bytes);
		answer = form_parse_checked(&bytes, &sound);
		check(sound && (answer == 0 || answer == -EBADMSG));
		/* Only between TLVs may a shorter form end. */
		while (end < length)
			end += KB_TLV_HEADER_SIZE + raw->tlvs[next++].length;
		if (length != end)
			check(answer == -EBADMSG);
		free(bytes.data);
	}
	tap_test("%s: cut short with header and trailer that suit, too", name);
	raw_free(raw);
	free(original.data);
}

static void test_extended(const char *name)
{
	struct bytes original = form_from_vectors(name);
	size_t more;
	bool sound = false;

	for (more = 1; more <= 300; more++) {
		struct bytes bytes = copy_of(&original, original.length + more);

		check(form_parse_checked(&bytes, &sound) == -EBADMSG && sound);
		adjust(&bytes);
		check(form_parse_checked(&bytes, &sound) == -EBADMSG && sound);
		free(bytes.data);
	}
	tap_test("%s: with bytes added it is refused", name);
	free(original.data);
}

static void test_header(void)
{
	static const u32 lengths[] = { 0, 15, 16, 111, 112, 0x7fffffff, 0x80000000, 0xffffffff };
	static const u32 versions[] = { 0, 2, 0x100, 0x80000000, 0xffffffff };
	struct bytes original = form_from_vectors("user");
	struct bytes large = copy_of(&original, KB_FORM_MAX_SIZE + 1);
	struct bytes bytes = copy_of(&original, original.length);
	bool sound = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		kb_put_le32(bytes.data + HEADER_LENGTH, lengths[i]);
		check(form_parse_checked(&bytes, &sound) == -EBADMSG && sound);
	}
	adjust(&bytes);
	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		int answer = versions[i] ? -EPROTONOSUPPORT : -EBADMSG;

		kb_put_le32(bytes.data + 8, versions[i]);
		check(form_parse_checked(&bytes, &sound) == answer);
		check(kb_form_check_header(bytes.data, bytes.length) == answer);
	}
	/* For a newer version only magic and length are known. */
	memset(bytes.data + KB_FORM_HEADER_SIZE, 0xff, bytes.length - KB_FORM_HEADER_SIZE);
	check(form_parse_checked(&bytes, &sound) == -EPROTONOSUPPORT);
	bytes.data[0] ^= 1;
	check(form_parse_checked(&bytes, &sound) == -EBADMSG);
	adjust(&large);
	check(kb_form_check_header(large.data, large.length) == -EBADMSG);
	large.length--;
	adjust(&large);
	check(kb_form_check_header(large.data, large.length) == 0);
	tap_test("magic, version, length and the largest size are checked");

	free(bytes.data);
	free(large.data);
	free(original.data);
}

/* Several bytes at once, with a liking for values that matter. */
static void test_random_damage(void)
{
	static const u8 values[] = { 0, 1, 2, 3, 4, 5, 6, 0x10, 0x20, 0x7f, 0x80, 0xff };
	struct bytes originals[ARRAY_SIZE(names)];
	struct random random = { 4 };
	unsigned int round, i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		originals[i] = form_from_vectors(names[i]);
	for (round = 0; round < ROUNDS; round++) {
		const struct bytes *original = &originals[round % ARRAY_SIZE(names)];
		struct bytes bytes = copy_of(original, original->length);
		unsigned int damages = random_between(&random, 1, 6);
		bool sound = false;

		while (damages--) {
			u32 at = random_between(&random, 0, (u32)bytes.length - 1);

			bytes.data[at] = values[random_u64(&random) % sizeof(values)];
		}
		if (!check(form_parse_checked(&bytes, &sound) <= 0 && sound))
			printf("# round %u\n", round);
		free(bytes.data);
	}
	tap_test("random damage is refused or read as it is");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		free(originals[i].data);
}

/* TLVs moved, repeated, dropped, cut and retagged. */
static void test_random_edits(void)
{
	struct bytes originals[ARRAY_SIZE(names)];
	unsigned int round, accepted = 0, i;
	struct random random = { 5 };

	for (i = 0; i < ARRAY_SIZE(names); i++)
		originals[i] = form_from_vectors(names[i]);
	for (round = 0; round < ROUNDS; round++) {
		struct raw_form *raw = raw_take_apart(&originals[round % ARRAY_SIZE(names)]);
		unsigned int edits = random_between(&random, 1, 3);
		struct bytes bytes;
		bool sound = false;

		while (edits--) {
			u32 place = random_between(&random, 0, raw->count - 1);
			u32 other = random_between(&random, 0, raw->count - 1);
			struct raw_tlv *tlv = &raw->tlvs[place];

			switch (random_between(&random, 0, 5)) {
			case 0:
				raw_swap(raw, place, other);
				break;
			case 1:
				raw_insert(raw, other, tlv->tag, tlv->value, tlv->length);
				break;
			case 2:
				raw_remove(raw, place);
				break;
			case 3:
				raw_resize(raw, place, random_between(&random, 0, 200));
				break;
			case 4:
				tlv->tag = (u16)random_u64(&random);
				break;
			case 5:
				tlv->claimed_length = (u32)random_between(&random, 0, ~0U);
				break;
			}
		}
		bytes = raw_put_together(raw);
		accepted += form_parse_checked(&bytes, &sound) == 0;
		if (!check(sound))
			printf("# round %u\n", round);
		free(bytes.data);
		raw_free(raw);
	}
	check(accepted > 0 && accepted < ROUNDS / 2);
	tap_test("edited TLVs are refused or read as they are");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		free(originals[i].data);
}

int main(void)
{
	unsigned int i;

	tap_start();
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		test_flipped(names[i]);
		test_cut(names[i]);
		test_extended(names[i]);
	}
	test_header();
	test_random_damage();
	test_random_edits();
	return tap_end();
}
