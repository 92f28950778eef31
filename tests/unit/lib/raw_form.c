// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdlib.h>

#include "keybag/tlv.h"
#include "raw_form.h"

struct raw_form *raw_take_apart(const struct bytes *bytes)
{
	struct kb_reader reader = kb_reader_of(bytes->data + KB_FORM_HEADER_SIZE, bytes->length -
					       KB_FORM_HEADER_SIZE - KB_FORM_TRAILER_SIZE);
	struct raw_form *raw = calloc(1, sizeof(*raw));
	struct kb_tlv tlv;

	while (reader.left) {
		if (!kb_read_tlv(&reader, &tlv))
			errx(1, "the form to take apart is not sound");
		raw_insert(raw, raw->count, tlv.tag, tlv.value, tlv.length);
	}
	return raw;
}

void raw_free(struct raw_form *raw)
{
	while (raw->count)
		raw_remove(raw, raw->count - 1);
	free(raw);
}

struct bytes raw_put_together(const struct raw_form *raw)
{
	struct bytes bytes = { .length = KB_FORM_HEADER_SIZE + KB_FORM_TRAILER_SIZE };
	struct kb_writer writer;
	unsigned int i;

	for (i = 0; i < raw->count; i++)
		bytes.length += KB_TLV_HEADER_SIZE + raw->tlvs[i].length;
	bytes.data = calloc(1, bytes.length);
	writer = kb_writer_of(bytes.data, bytes.length);
	kb_write_bytes(&writer, (const u8 *)KB_FORM_MAGIC, KB_FORM_MAGIC_SIZE);
	kb_write_u32(&writer, KB_FORM_VERSION);
	kb_write_u32(&writer, (u32)bytes.length);
	for (i = 0; i < raw->count; i++) {
		kb_write_u16(&writer, raw->tlvs[i].tag);
		kb_write_u16(&writer, raw->tlvs[i].zero);
		kb_write_u32(&writer, raw->tlvs[i].claimed_length);
		kb_write_bytes(&writer, raw->tlvs[i].value, raw->tlvs[i].length);
	}
	return bytes;
}

unsigned int raw_find(const struct raw_form *raw, u16 tag, unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < raw->count; i++)
		if (raw->tlvs[i].tag == tag && !nth--)
			return i;
	errx(1, "no such TLV: %#x", tag);
}

void raw_insert(struct raw_form *raw, unsigned int at, u16 tag, const void *value, size_t length)
{
	if (raw->count == RAW_MOST_TLVS)
		errx(1, "too many TLVs");
	memmove(&raw->tlvs[at + 1], &raw->tlvs[at], (raw->count++ - at) * sizeof(raw->tlvs[0]));
	raw->tlvs[at] = (struct raw_tlv){ .tag = tag };
	raw_resize(raw, at, length);
	if (length)
		memcpy(raw->tlvs[at].value, value, length);
}

void raw_remove(struct raw_form *raw, unsigned int at)
{
	free(raw->tlvs[at].value);
	memmove(&raw->tlvs[at], &raw->tlvs[at + 1], (--raw->count - at) * sizeof(raw->tlvs[0]));
}

void raw_swap(struct raw_form *raw, unsigned int first, unsigned int second)
{
	struct raw_tlv tlv = raw->tlvs[first];

	raw->tlvs[first] = raw->tlvs[second];
	raw->tlvs[second] = tlv;
}

void raw_resize(struct raw_form *raw, unsigned int at, size_t length)
{
	struct raw_tlv *tlv = &raw->tlvs[at];
	u8 *value = calloc(1, length + 1);

	if (tlv->length)
		memcpy(value, tlv->value, tlv->length < length ? tlv->length : length);
	free(tlv->value);
	tlv->value = value;
	tlv->length = length;
	tlv->claimed_length = (u32)length;
}
