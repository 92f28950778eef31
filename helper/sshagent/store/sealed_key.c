// SPDX-License-Identifier: GPL-2.0-or-later
#include "sealed_key.h"

#include <errno.h>
#include <linux/keybag.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/libkeybag/keybag.h"

/* The kernel takes so much at a time. */
#define PART		4096
#define SEALED_PART	(PART + KEYBAG_BLOB_OVERHEAD)

/* So that a part stands for no other one. */
struct part_number {
	char purpose[20];
	uint32_t number, count;
};

static size_t count_parts(size_t length)
{
	return (length + PART - 1) / PART;
}

static struct part_number name_part(size_t number, size_t count)
{
	return (struct part_number){ "ssh-agent in memory", (uint32_t)number, (uint32_t)count };
}

static size_t part_length(size_t length, size_t number)
{
	return length - number * PART < PART ? length - number * PART : PART;
}

/* Whether the keybag is loaded for this is for others to say. Returns a descriptor or a negative errno. */
static int open_keybag(void)
{
	CLEANUP_FD int fd = keybag_open();
	int result = fd < 0 ? fd : keybag_bind_uid(fd, geteuid(), KEYBAG_BIND_NO_UPCALL, NULL);

	return result < 0 ? result : take_descriptor(&fd);
}

static int seal_parts(int fd, struct sealed_key *key, struct bytes record)
{
	size_t count = count_parts(record.length);
	ssize_t length;

	for (size_t at = 0; at < count; at++) {
		const struct part_number number = name_part(at, count);

		length = keybag_wrap(fd, KEYBAG_CLASS_AK, record.data + at * PART, part_length(record.length, at), &number, sizeof(number),
				     key->blobs + at * SEALED_PART, SEALED_PART);
		if (length < 0)
			return (int)length;
	}
	return 0;
}

int sealed_key_new(struct sealed_key *key, struct bytes record)
{
	CLEANUP_FD int fd = open_keybag();
	int result = fd < 0 ? fd : 0;

	*key = (struct sealed_key){ .record_length = record.length };
	if (result < 0)
		return result;
	key->blobs = calloc(count_parts(record.length), SEALED_PART);
	result = key->blobs ? seal_parts(fd, key, record) : -ENOMEM;
	if (result < 0)
		sealed_key_free(key);
	return result;
}

static int open_parts(int fd, const struct sealed_key *key, struct secret *record)
{
	size_t count = count_parts(key->record_length);
	ssize_t length;

	for (size_t at = 0; at < count; at++) {
		const struct part_number number = name_part(at, count);
		size_t part = part_length(key->record_length, at);

		length = keybag_unwrap(fd, key->blobs + at * SEALED_PART, part + KEYBAG_BLOB_OVERHEAD, &number, sizeof(number),
				       record->data + at * PART, part);
		if (length < 0)
			return (int)length;
	}
	record->length = key->record_length;
	return 0;
}

int sealed_key_open(const struct sealed_key *key, struct secret *ret_record)
{
	CLEANUP_FD int fd = open_keybag();
	int result = fd < 0 ? fd : secret_new(ret_record, key->record_length);

	if (result < 0)
		return result;
	result = open_parts(fd, key, ret_record);
	if (result < 0)
		secret_free(ret_record);
	return result;
}

void sealed_key_free(struct sealed_key *key)
{
	free(key->blobs);
	*key = (struct sealed_key){ 0 };
}
