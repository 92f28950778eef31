// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a record of guesses and wraps, and as its content: refused, or written again as
 * they are.
 */
#include <stdlib.h>

#include "keybag/record.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void read_header(const u8 *data, size_t size)
{
	u8 out[KB_RECORD_HEADER_SIZE];
	u64 sequence;
	int answer = kb_record_header_read(&sequence, data, size);

	if (answer != 0 && answer != -EBADMSG && answer != -EPROTONOSUPPORT)
		abort();
	if (answer)
		return;
	kb_record_header_write(out, sequence);
	if (size != KB_RECORD_SIZE || memcmp(out, data, sizeof(out)))
		abort();
}

static void read_content(const u8 *content)
{
	u8 out[KB_RECORD_CONTENT_SIZE];
	struct kb_record record;
	int answer = kb_record_content_read(&record, content);

	if (answer != 0 && answer != -EBADMSG)
		abort();
	if (answer)
		return;
	kb_record_content_write(out, &record);
	if (memcmp(out, content, sizeof(out)))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	read_header(data, size);
	if (size >= KB_RECORD_CONTENT_SIZE)
		read_content(data + size - KB_RECORD_CONTENT_SIZE);
	return 0;
}
