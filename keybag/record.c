// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "record.h"
#include "tlv.h"

#define FLAG_ASSUMED	1U

void kb_record_header_write(u8 *out, u64 sequence)
{
	struct kb_writer writer = kb_writer_of(out, KB_RECORD_HEADER_SIZE);

	kb_write_u32(&writer, KB_RECORD_VERSION);
	kb_write_u32(&writer, KB_RECORD_SIZE);
	kb_write_u64(&writer, sequence);
}

int kb_record_header_read(u64 *ret_sequence, const u8 *record, size_t length)
{
	struct kb_reader reader = kb_reader_of(record, length);
	u32 version = kb_read_u32(&reader);
	u32 own_length = kb_read_u32(&reader);
	u64 sequence = kb_read_u64(&reader);

	if (reader.failed || own_length != length || !version)
		return -EBADMSG;
	if (version > KB_RECORD_VERSION)
		return -EPROTONOSUPPORT;
	if (length != KB_RECORD_SIZE)
		return -EBADMSG;
	*ret_sequence = sequence;
	return 0;
}

void kb_record_content_write(u8 *out, const struct kb_record *record)
{
	struct kb_writer writer = kb_writer_of(out, KB_RECORD_CONTENT_SIZE);
	unsigned int class;

	kb_write_u32(&writer, record->failures);
	kb_write_u32(&writer, record->assumed);
	for (class = 0; class < KB_CLASS_SLOTS; class++) {
		kb_write_u32(&writer, record->wraps[class].key_generation);
		kb_write_u32(&writer, record->wraps[class].steps);
	}
}

int kb_record_content_read(struct kb_record *record, const u8 *content)
{
	struct kb_reader reader = kb_reader_of(content, KB_RECORD_CONTENT_SIZE);
	unsigned int class;
	u32 flags;

	record->failures = kb_read_u32(&reader);
	flags = kb_read_u32(&reader);
	if (flags & ~FLAG_ASSUMED)
		return -EBADMSG;
	record->assumed = flags;
	for (class = 0; class < KB_CLASS_SLOTS; class++) {
		u32 key_generation = kb_read_u32(&reader);
		u32 steps = kb_read_u32(&reader);

		if (key_generation && !kb_class_find(class))
			return -EBADMSG;
		if (steps > (key_generation ? KB_RECORD_MAX_STEPS : 0))
			return -EBADMSG;
		record->wraps[class].key_generation = key_generation;
		record->wraps[class].steps = steps;
	}
	return kb_reader_finished(&reader) ? 0 : -EBADMSG;
}
