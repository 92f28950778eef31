// SPDX-License-Identifier: GPL-2.0-or-later
#include "guard_note_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "store.h"

int guard_note_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE], struct guard_note *ret_note)
{
	CLEANUP_FD int fd = store_file(uuid, GUARD_NOTE_SUFFIX, O_RDONLY);
	uint8_t bytes[GUARD_NOTE_MOST * GUARD_NOTE_RECORD + 1];
	ssize_t length;

	if (fd < 0)
		return fd;
	length = read_all(fd, bytes, sizeof(bytes));
	if (length < 0)
		return length == -EMSGSIZE ? -EBADMSG : (int)length;
	if (length % GUARD_NOTE_RECORD || length > GUARD_NOTE_MOST * GUARD_NOTE_RECORD)
		return -EBADMSG;
	ret_note->count = (size_t)length / GUARD_NOTE_RECORD;
	for (size_t i = 0; i < ret_note->count; i++) {
		const uint8_t *at = bytes + i * GUARD_NOTE_RECORD;

		ret_note->indexes[i].number = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
		memcpy(ret_note->indexes[i].name, at + 4, TPM_EXCHANGE_NAME);
	}
	return 0;
}

int guard_note_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct guard_note *note)
{
	uint8_t bytes[GUARD_NOTE_MOST * GUARD_NOTE_RECORD];
	int result;

	if (!note->count) {
		result = store_remove(uuid, GUARD_NOTE_SUFFIX);
		return result < 0 ? result : store_sync();
	}
	for (size_t i = 0; i < note->count; i++) {
		uint8_t *at = bytes + i * GUARD_NOTE_RECORD;

		for (int byte = 0; byte < 4; byte++)
			at[byte] = (uint8_t)(note->indexes[i].number >> 8 * byte);
		memcpy(at + 4, note->indexes[i].name, TPM_EXCHANGE_NAME);
	}
	store_remove(uuid, GUARD_NOTE_NEW_SUFFIX);
	result = store_write_new(uuid, GUARD_NOTE_NEW_SUFFIX, bytes, note->count * GUARD_NOTE_RECORD);
	if (!result)
		result = store_rename(uuid, GUARD_NOTE_NEW_SUFFIX, GUARD_NOTE_SUFFIX);
	return result < 0 ? result : store_sync();
}
