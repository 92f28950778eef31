// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/leaves.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

#define PAGE_SIZE	4096u
#define LEAF_HEADER	8u
#define TABLE_LEAF	13
/* Bytes of a row that its leaf has; of a longer one the leaf has fewer, and the rest is on pages of its own. */
#define MOST_LOCAL	(PAGE_SIZE - 35)
#define LEAST_LOCAL	((PAGE_SIZE - 12) * 32 / 255 - 23)
#define OVERFLOW_SIZE	(PAGE_SIZE - 4)
/* More than the largest row that is ever written: attributes of 128 KiB and a secret of 1 MiB, sealed. */
#define MOST_PAYLOAD	(2u << 20)

struct leaves {
	int fd;
	uint32_t pages, page;		/* in the file; the one at hand, counted from 1 */
	/* Pages of long rows that may still be read: each belongs to one row, whatever a damaged one says. */
	uint32_t overflow_left;
	unsigned int columns, added;	/* @added of them at the end may be lacking */
	unsigned int cells, cell;
	uint8_t leaf[PAGE_SIZE];
	uint8_t *payload;		/* @room bytes */
	size_t room;
	struct leaf_value *values;	/* @columns */
};

struct span {
	const uint8_t *at, *end;
};

static uint32_t get_u16(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t get_u32(const uint8_t *bytes)
{
	return get_u16(bytes) << 16 | get_u16(bytes + 2);
}

static bool get_varint(struct span *span, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (int i = 0; span->at < span->end; i++) {
		uint8_t byte = *span->at++;

		if (i == 8) {
			*ret_value = value << 8 | byte;
			return true;
		}
		value = value << 7 | (byte & 0x7f);
		if (!(byte & 0x80)) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

int leaves_open(const char *path, unsigned int columns, unsigned int added, struct leaves **ret_leaves)
{
	struct leaves *leaves = calloc(1, sizeof(*leaves));
	struct stat status;
	int error = 0;

	if (!leaves)
		return -ENOMEM;
	leaves->columns = columns;
	leaves->added = added;
	leaves->values = calloc(columns, sizeof(*leaves->values));
	leaves->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!leaves->values)
		error = -ENOMEM;
	else if (leaves->fd < 0 || fstat(leaves->fd, &status))
		error = -errno;
	if (error) {
		leaves_close(leaves);
		return error;
	}
	leaves->pages = (uint32_t)(status.st_size / PAGE_SIZE);
	leaves->overflow_left = leaves->pages;
	*ret_leaves = leaves;
	return 0;
}

void leaves_close(struct leaves *leaves)
{
	if (!leaves)
		return;
	if (leaves->fd >= 0)
		close(leaves->fd);
	free(leaves->payload);
	free(leaves->values);
	free(leaves);
}

/* Returns 1; 0: there is no such page; or a negative errno. */
static int read_page(struct leaves *leaves, uint32_t page, uint8_t bytes[PAGE_SIZE])
{
	ssize_t count;

	if (!page || page > leaves->pages)
		return 0;
	count = pread(leaves->fd, bytes, PAGE_SIZE, (off_t)(page - 1) * PAGE_SIZE);
	if (count < 0)
		return -errno;
	return count == PAGE_SIZE;
}

/* The next page with rows of a table. The first one begins with the header of the file, and has the schema. */
static int next_leaf(struct leaves *leaves)
{
	while (leaves->page < leaves->pages) {
		int result = read_page(leaves, ++leaves->page, leaves->leaf);

		if (result < 0)
			return result;
		if (!result || leaves->leaf[0] != TABLE_LEAF)
			continue;
		leaves->cell = 0;
		leaves->cells = get_u16(leaves->leaf + 3);
		if (leaves->cells > (PAGE_SIZE - LEAF_HEADER) / 2)
			leaves->cells = 0;
		return 1;
	}
	return 0;
}

static size_t local_size(uint64_t length)
{
	size_t local;

	if (length <= MOST_LOCAL)
		return length;
	local = LEAST_LOCAL + (length - LEAST_LOCAL) % OVERFLOW_SIZE;
	return local <= MOST_LOCAL ? local : LEAST_LOCAL;
}

static int make_room(struct leaves *leaves, size_t length)
{
	uint8_t *bytes;

	if (length <= leaves->room)
		return 0;
	bytes = realloc(leaves->payload, length);
	if (!bytes)
		return -ENOMEM;
	leaves->payload = bytes;
	leaves->room = length;
	return 0;
}

/* The rest of a long row. */
static int read_overflow(struct leaves *leaves, uint32_t page, size_t done, size_t length)
{
	uint8_t bytes[PAGE_SIZE];

	while (done < length) {
		size_t count = length - done < OVERFLOW_SIZE ? length - done : OVERFLOW_SIZE;
		int result;

		if (!leaves->overflow_left)
			return 0;
		leaves->overflow_left--;
		result = read_page(leaves, page, bytes);
		if (result != 1)
			return result;
		memcpy(leaves->payload + done, bytes + 4, count);
		done += count;
		page = get_u32(bytes);
	}
	return 1;
}

/* The cell as a whole, in payload. Returns 1; 0: it is none; or a negative errno. */
static int read_cell(struct leaves *leaves, size_t at, int64_t *ret_row, size_t *ret_length)
{
	struct span span = { .end = leaves->leaf + PAGE_SIZE };
	uint64_t length, row;
	size_t local;
	int result;

	if (at < LEAF_HEADER || at >= PAGE_SIZE)
		return 0;
	span.at = leaves->leaf + at;
	if (!get_varint(&span, &length) || !get_varint(&span, &row) || !length || length > MOST_PAYLOAD)
		return 0;
	local = local_size(length);
	if (local + (local < length ? 4 : 0) > (size_t)(span.end - span.at))
		return 0;
	result = make_room(leaves, length);
	if (result < 0)
		return result;
	memcpy(leaves->payload, span.at, local);
	*ret_row = (int64_t)row;
	*ret_length = length;
	return local < length ? read_overflow(leaves, get_u32(span.at + local), local, length) : 1;
}

static int64_t get_integer(const uint8_t *bytes, size_t size)
{
	uint64_t value = bytes[0] & 0x80 ? UINT64_MAX : 0;

	while (size--)
		value = value << 8 | *bytes++;
	return (int64_t)value;
}

/* One value of the body by its serial type; none of our columns is a real number. */
static bool decode_value(uint64_t type, struct span *body, struct leaf_value *value)
{
	static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 6, 8 };
	size_t left = (size_t)(body->end - body->at);

	*value = (struct leaf_value){ .kind = type ? LEAF_INTEGER : LEAF_NULL };
	if (type == 8 || type == 9) {
		value->integer = type == 9;
		return true;
	}
	if (type >= 12) {
		value->kind = type & 1 ? LEAF_TEXT : LEAF_BLOB;
		value->length = (type - 12) / 2;
		value->bytes = body->at;
		if ((type - 12) / 2 > left)
			return false;
		body->at += value->length;
		return true;
	}
	if (type >= sizeof(sizes) || sizes[type] > left)
		return false;
	if (type)
		value->integer = get_integer(body->at, sizes[type]);
	body->at += sizes[type];
	return true;
}

/* Whether the payload is a row with the right number of columns and nothing behind them. */
static bool decode_row(struct leaves *leaves, size_t length)
{
	struct span header = { leaves->payload, leaves->payload + length }, body = header;
	uint64_t size, type;

	if (!get_varint(&header, &size) || size > length)
		return false;
	header.end = leaves->payload + size;
	body.at = header.end;
	for (unsigned int i = 0; i < leaves->columns; i++) {
		leaves->values[i] = (struct leaf_value){ .kind = LEAF_NULL };
		if (i >= leaves->columns - leaves->added && header.at == header.end)
			continue;
		if (!get_varint(&header, &type) || !decode_value(type, &body, &leaves->values[i]))
			return false;
	}
	return header.at == header.end && body.at == body.end;
}

int leaves_next(struct leaves *leaves, int64_t *ret_row, const struct leaf_value **ret_values)
{
	for (;;) {
		size_t length;
		int result;

		if (leaves->cell == leaves->cells) {
			result = next_leaf(leaves);
			if (result != 1)
				return result;
			continue;
		}
		result = read_cell(leaves, get_u16(leaves->leaf + LEAF_HEADER + 2 * leaves->cell++), ret_row, &length);
		if (result < 0)
			return result;
		if (result && decode_row(leaves, length)) {
			*ret_values = leaves->values;
			return 1;
		}
	}
}
