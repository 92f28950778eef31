// SPDX-License-Identifier: LGPL-2.1-or-later
#include "backup_frame.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

/* "KCBR", kind, index, length; FNV-1a of these, which finds where a frame begins behind one that is damaged. */
#define FRAME_MAGIC	"KCBR"
#define COVERED		20

static void put_u32(uint8_t *at, uint32_t number)
{
	number = htole32(number);
	memcpy(at, &number, sizeof(number));
}

static uint32_t get_u32(const uint8_t *at)
{
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	return le32toh(number);
}

static void put_u64(uint8_t *at, uint64_t number)
{
	number = htole64(number);
	memcpy(at, &number, sizeof(number));
}

static uint64_t get_u64(const uint8_t *at)
{
	uint64_t number;

	memcpy(&number, at, sizeof(number));
	return le64toh(number);
}

static uint32_t compute_check(const uint8_t bytes[COVERED])
{
	uint32_t check = 0x811c9dc5;

	for (size_t at = 0; at < COVERED; at++)
		check = (check ^ bytes[at]) * 0x01000193;
	return check;
}

void backup_head_write(uint8_t bytes[BACKUP_HEAD_SIZE], size_t form_length)
{
	memcpy(bytes, BACKUP_MAGIC, BACKUP_MAGIC_SIZE);
	put_u32(bytes + BACKUP_MAGIC_SIZE, BACKUP_VERSION);
	put_u32(bytes + BACKUP_MAGIC_SIZE + 4, (uint32_t)form_length);
}

int backup_head_read(const uint8_t bytes[BACKUP_HEAD_SIZE], size_t *ret_form_length)
{
	uint32_t version = get_u32(bytes + BACKUP_MAGIC_SIZE), length = get_u32(bytes + BACKUP_MAGIC_SIZE + 4);

	if (memcmp(bytes, BACKUP_MAGIC, BACKUP_MAGIC_SIZE) || !version)
		return -EBADMSG;
	if (version > BACKUP_VERSION)
		return -EPROTONOSUPPORT;
	if (!length || length > BACKUP_MAX_FORM)
		return -EBADMSG;
	*ret_form_length = length;
	return 0;
}

void backup_frame_write(uint8_t bytes[BACKUP_FRAME_SIZE], const struct backup_frame *frame)
{
	memcpy(bytes, FRAME_MAGIC, 4);
	put_u32(bytes + 4, frame->kind);
	put_u64(bytes + 8, frame->index);
	put_u32(bytes + 16, frame->length);
	put_u32(bytes + COVERED, compute_check(bytes));
}

bool backup_frame_read(const uint8_t bytes[BACKUP_FRAME_SIZE], struct backup_frame *ret_frame)
{
	struct backup_frame frame = {
		.kind = get_u32(bytes + 4), .index = get_u64(bytes + 8), .length = get_u32(bytes + 16),
	};

	if (memcmp(bytes, FRAME_MAGIC, 4) || frame.kind < BACKUP_FRAME_KEYS || frame.kind > BACKUP_FRAME_END || !frame.length ||
	    frame.length > BACKUP_MAX_CONTENT || (frame.kind == BACKUP_FRAME_KEYS) != !frame.index)
		return false;
	if (get_u32(bytes + COVERED) != compute_check(bytes))
		return false;
	*ret_frame = frame;
	return true;
}
