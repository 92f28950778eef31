// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "keybag/record.h"
#include "store.h"

/* The file's own idea of how long a record is: that of its header, or all there is if that is damaged. */
static size_t record_length(const uint8_t slot[KEYBAG_MAX_RECORD])
{
	static const uint8_t never_written[KEYBAG_MAX_RECORD];
	uint32_t length;

	if (!memcmp(slot, never_written, KEYBAG_MAX_RECORD))
		return 0;
	length = (uint32_t)slot[4] | (uint32_t)slot[5] << 8 | (uint32_t)slot[6] << 16 |
		 (uint32_t)slot[7] << 24;
	return length && length <= KEYBAG_MAX_RECORD ? length : KB_RECORD_SIZE;
}

static int read_slots(int fd, struct sealed_record records[RECORD_SLOTS])
{
	int i;

	for (i = 0; i < RECORD_SLOTS; i++) {
		ssize_t length = pread(fd, records[i].bytes, sizeof(records[i].bytes),
				       (off_t)i * RECORD_SLOT_SIZE);

		if (length < 0)
			return -errno;
		memset(records[i].bytes + length, 0, sizeof(records[i].bytes) - (size_t)length);
		records[i].length = record_length(records[i].bytes);
	}
	return 0;
}

int record_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE],
		     struct sealed_record ret_records[RECORD_SLOTS])
{
	CLEANUP_FD int fd = store_file(uuid, RECORD_SUFFIX, O_RDONLY);

	return fd < 0 ? fd : read_slots(fd, ret_records);
}

static u64 slot_sequence(const struct sealed_record *record)
{
	u64 sequence;

	if (!record->length || kb_record_header_read(&sequence, record->bytes, record->length) < 0)
		return 0;
	return sequence;
}

static int record_file_create(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct sealed_record *record)
{
	uint8_t file[RECORD_SLOTS * RECORD_SLOT_SIZE] = { 0 };
	int result;

	memcpy(file, record->bytes, record->length);
	result = store_write_new(uuid, RECORD_NEW_SUFFIX, file, sizeof(file));
	if (result < 0)
		return result;
	result = store_rename(uuid, RECORD_NEW_SUFFIX, RECORD_SUFFIX);
	if (result < 0) {
		store_remove(uuid, RECORD_NEW_SUFFIX);
		return result;
	}
	return store_sync();
}

int record_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct sealed_record *record)
{
	CLEANUP_FD int fd = store_file(uuid, RECORD_SUFFIX, O_RDWR);
	struct sealed_record present[RECORD_SLOTS];
	uint8_t slot[KEYBAG_MAX_RECORD] = { 0 };
	struct stat status;
	int older, result;

	if (fd == -ENOENT)
		return record_file_create(uuid, record);
	if (fd < 0 || fstat(fd, &status) < 0)
		return fd < 0 ? fd : -errno;
	if (status.st_size != RECORD_SLOTS * RECORD_SLOT_SIZE)
		return record_file_create(uuid, record);
	result = read_slots(fd, present);
	if (result < 0)
		return result;
	older = slot_sequence(&present[1]) < slot_sequence(&present[0]);
	memcpy(slot, record->bytes, record->length);
	if (pwrite(fd, slot, sizeof(slot), (off_t)older * RECORD_SLOT_SIZE) != (ssize_t)sizeof(slot))
		return errno ? -errno : -EIO;
	return fdatasync(fd) < 0 ? -errno : 0;
}

int record_file_renew(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct sealed_record *record)
{
	return record_file_create(uuid, record) < 0 ? record_file_write(uuid, record) : 0;
}
