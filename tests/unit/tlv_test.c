// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bounded reader and writer under the codecs.
 */
#include "keybag/bytes.h"
#include "keybag/tlv.h"
#include "lib/tap.h"

static void test_integers(void)
{
	u8 bytes[9] = { 0 };

	/* At an odd address: the sanitizer sees an access that needs alignment. */
	kb_put_le64(bytes + 1, 0x8877665544332211ULL);
	check(!memcmp(bytes + 1, "\x11\x22\x33\x44\x55\x66\x77\x88", 8));
	check(kb_get_le64(bytes + 1) == 0x8877665544332211ULL);
	check(kb_get_le32(bytes + 1) == 0x44332211);
	check(kb_get_le32(bytes + 5) == 0x88776655);
	check(kb_get_le16(bytes + 7) == 0x8877);
	kb_put_le32(bytes + 1, 0xfedcba98);
	kb_put_le16(bytes + 5, 0xf00f);
	check(!memcmp(bytes + 1, "\x98\xba\xdc\xfe\x0f\xf0\x77\x88", 8));
	tap_test("integers are little-endian at any alignment");
}

static void test_reader(void)
{
	static const u8 bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0 };
	struct kb_reader reader = kb_reader_of(bytes, sizeof(bytes));

	check(kb_read_u8(&reader) == 1);
	check(kb_read_u16(&reader) == 0x0302);
	check(kb_read_u32(&reader) == 0x07060504);
	check(kb_read_u64(&reader) == 0x0f0e0d0c0b0a0908ULL);
	check(!kb_reader_finished(&reader));
	kb_read_zeros(&reader, 2);
	check(kb_reader_finished(&reader));
	check(kb_read_bytes(&reader, 0) == bytes + sizeof(bytes));
	check(kb_reader_finished(&reader));
	tap_test("fields are read in turn, to the end");

	reader = kb_reader_of(bytes, 3);
	check(kb_read_u32(&reader) == 0 && reader.failed);
	check(kb_read_u8(&reader) == 0 && !kb_read_bytes(&reader, 0));
	check(!kb_reader_finished(&reader));
	tap_test("once too short, all that follows fails");

	reader = kb_reader_of(bytes, sizeof(bytes));
	check(!kb_read_bytes(&reader, SIZE_MAX) && reader.failed);
	reader = kb_reader_of(bytes + 14, 3);
	kb_read_zeros(&reader, 3);
	check(reader.failed);
	reader = kb_reader_of(bytes + 15, 2);
	kb_read_zeros(&reader, 3);
	check(reader.failed);
	tap_test("a length beyond the end, and bytes that are not zero, fail");
}

static void test_tlv(void)
{
	u8 bytes[KB_TLV_HEADER_SIZE + 3] = { 0x34, 0x92, 0, 0, 3, 0, 0, 0, 'a', 'b', 'c' };
	struct kb_reader reader = kb_reader_of(bytes, sizeof(bytes));
	unsigned int length;
	struct kb_tlv tlv;

	check(kb_read_tlv(&reader, &tlv) && kb_reader_finished(&reader));
	check(tlv.tag == 0x9234 && KB_TLV_NUMBER(tlv.tag) == 0x1234);
	check(tlv.length == 3 && tlv.value == bytes + KB_TLV_HEADER_SIZE);
	tap_test("a TLV is read whole");

	for (length = 0; length < sizeof(bytes); length++) {
		u8 *copy = malloc(length ? length : 1);

		memcpy(copy, bytes, length);
		reader = kb_reader_of(copy, length);
		check(!kb_read_tlv(&reader, &tlv));
		free(copy);
	}
	for (length = 4; length < 8; length++) {
		bytes[length] ^= 0xff;
		reader = kb_reader_of(bytes, sizeof(bytes));
		check(!kb_read_tlv(&reader, &tlv));
		bytes[length] ^= 0xff;
	}
	for (length = 2; length < 4; length++) {
		bytes[length] = 1;
		reader = kb_reader_of(bytes, sizeof(bytes));
		check(!kb_read_tlv(&reader, &tlv));
		bytes[length] = 0;
	}
	tap_test("a TLV that is cut short, too long or not padded with zeros is refused");
}

static void test_writer(void)
{
	static const u8 expected[] = {
		0x10, 0x80, 0, 0, 18, 0, 0, 0,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 'x',
	};
	unsigned int capacity;

	for (capacity = 0; capacity <= sizeof(expected); capacity++) {
		u8 *out = malloc(capacity ? capacity : 1);
		struct kb_writer writer = kb_writer_of(capacity ? out : NULL, capacity);

		kb_write_tlv_header(&writer, 0x8010, 18);
		kb_write_u8(&writer, 1);
		kb_write_u16(&writer, 0x0302);
		kb_write_u32(&writer, 0x07060504);
		kb_write_u64(&writer, 0x0f0e0d0c0b0a0908ULL);
		kb_write_zeros(&writer, 2);
		kb_write_bytes(&writer, (const u8 *)"x", 1);
		kb_write_bytes(&writer, NULL, 0);
		check(writer.length == sizeof(expected));
		if (capacity == sizeof(expected))
			check(!memcmp(out, expected, sizeof(expected)));
		free(out);
	}
	tap_test("a writer counts what does not fit and never writes beyond");
}

int main(void)
{
	tap_start();
	test_integers();
	test_reader();
	test_tlv();
	test_writer();
	return tap_end();
}
