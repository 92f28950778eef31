// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a blob: its header is refused, or written again as it is.
 */
#include <stdlib.h>

#include "keybag/blob.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct kb_blob_header header;
	u8 out[KB_BLOB_HEADER_SIZE];
	int answer = kb_blob_header_read(&header, data, size);

	if (answer != 0 && answer != -EINVAL && answer != -EPROTONOSUPPORT)
		abort();
	if (answer)
		return 0;
	kb_blob_header_write(out, &header);
	if (size <= kb_blob_overhead(header.class) || memcmp(out, data, sizeof(out)))
		abort();
	return 0;
}
