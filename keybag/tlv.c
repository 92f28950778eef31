// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "bytes.h"
#include "tlv.h"

const u8 *kb_read_bytes(struct kb_reader *reader, size_t length)
{
	const u8 *bytes = reader->next;

	if (reader->failed || length > reader->left) {
		reader->failed = true;
		return NULL;
	}
	reader->next += length;
	reader->left -= length;
	return bytes;
}

void kb_read_zeros(struct kb_reader *reader, size_t length)
{
	while (length-- && !reader->failed)
		kb_read_check(reader, !kb_read_u8(reader));
}

u8 kb_read_u8(struct kb_reader *reader)
{
	const u8 *bytes = kb_read_bytes(reader, 1);

	return bytes ? *bytes : 0;
}

u16 kb_read_u16(struct kb_reader *reader)
{
	const u8 *bytes = kb_read_bytes(reader, 2);

	return bytes ? kb_get_le16(bytes) : 0;
}

u32 kb_read_u32(struct kb_reader *reader)
{
	const u8 *bytes = kb_read_bytes(reader, 4);

	return bytes ? kb_get_le32(bytes) : 0;
}

u64 kb_read_u64(struct kb_reader *reader)
{
	const u8 *bytes = kb_read_bytes(reader, 8);

	return bytes ? kb_get_le64(bytes) : 0;
}

bool kb_read_tlv(struct kb_reader *reader, struct kb_tlv *tlv)
{
	tlv->tag = kb_read_u16(reader);
	kb_read_zeros(reader, 2);
	tlv->length = kb_read_u32(reader);
	tlv->value = kb_read_bytes(reader, tlv->length);
	return !reader->failed;
}

bool kb_reader_finished(const struct kb_reader *reader)
{
	return !reader->failed && !reader->left;
}

void kb_write_bytes(struct kb_writer *writer, const u8 *bytes, size_t length)
{
	if (length && writer->length + length <= writer->capacity)
		memcpy(writer->out + writer->length, bytes, length);
	writer->length += length;
}

void kb_write_zeros(struct kb_writer *writer, size_t length)
{
	while (length--)
		kb_write_u8(writer, 0);
}

void kb_write_u8(struct kb_writer *writer, u8 value)
{
	kb_write_bytes(writer, &value, 1);
}

void kb_write_u16(struct kb_writer *writer, u16 value)
{
	u8 bytes[2];

	kb_put_le16(bytes, value);
	kb_write_bytes(writer, bytes, sizeof(bytes));
}

void kb_write_u32(struct kb_writer *writer, u32 value)
{
	u8 bytes[4];

	kb_put_le32(bytes, value);
	kb_write_bytes(writer, bytes, sizeof(bytes));
}

void kb_write_u64(struct kb_writer *writer, u64 value)
{
	u8 bytes[8];

	kb_put_le64(bytes, value);
	kb_write_bytes(writer, bytes, sizeof(bytes));
}

void kb_write_tlv_header(struct kb_writer *writer, u16 tag, u32 length)
{
	kb_write_u16(writer, tag);
	kb_write_zeros(writer, 2);
	kb_write_u32(writer, length);
}
