// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>
#include <linux/uaccess.h>
#include "seal.h"
#include "sealed_record.h"

static_assert(KB_RECORD_SIZE <= KEYBAG_MAX_RECORD);

int keybag_record_seal(struct keybag_workspace *workspace, const u8 *uuid, u64 sequence,
		       const struct kb_record *record, struct keybag_sealed_record *out)
{
	u8 content[KB_RECORD_CONTENT_SIZE];
	int err;

	out->length = 0;
	kb_record_header_write(out->bytes, sequence);
	kb_record_content_write(content, record);
	err = keybag_seal_key(workspace, uuid, workspace->device->counter);
	if (err)
		return err;
	keybag_seal_record_aad(workspace, uuid, out->bytes);
	err = keybag_seal(workspace, content, sizeof(content), out->bytes + KB_RECORD_HEADER_SIZE);
	if (!err)
		out->length = sizeof(out->bytes);
	return err;
}

int keybag_record_open(struct keybag_workspace *workspace, const u8 *uuid, const u8 *bytes,
		       size_t length, struct kb_record *record, u64 *ret_sequence)
{
	u8 content[KB_RECORD_CONTENT_SIZE];
	int err;

	err = kb_record_header_read(ret_sequence, bytes, length);
	if (!err)
		err = keybag_seal_key(workspace, uuid, workspace->device->counter);
	if (err)
		return err;
	keybag_seal_record_aad(workspace, uuid, bytes);
	err = keybag_open(workspace, bytes + KB_RECORD_HEADER_SIZE, sizeof(content), content);
	if (!err)
		err = kb_record_content_read(record, content);
	return err;
}

int keybag_record_check(const struct keybag_buffer *buffer)
{
	return buffer->capacity < KB_RECORD_SIZE ? -EMSGSIZE : 0;
}

int keybag_record_return(const struct keybag_sealed_record *record, struct keybag_buffer *buffer)
{
	buffer->length = record->length;
	if (copy_to_user(u64_to_user_ptr(buffer->address), record->bytes, record->length))
		return -EFAULT;
	return 0;
}
