// SPDX-License-Identifier: GPL-2.0-or-later
#include "backup_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/common/io.h"

void backup_reader_end(struct backup_reader *reader)
{
	free(reader->bytes);
	reader->bytes = NULL;
}

/* Has @length bytes there, or as many as are left. Returns 0 or a negative errno. */
static int fill(struct backup_reader *reader, size_t length)
{
	if (reader->end - reader->start >= length || reader->at_end)
		return 0;
	memmove(reader->bytes, reader->bytes + reader->start, reader->end - reader->start);
	reader->end -= reader->start;
	reader->start = 0;
	while (reader->end < length && !reader->at_end) {
		ssize_t done = read_waiting(reader->fd, reader->bytes + reader->end, BACKUP_READER_SIZE - reader->end);

		if (done < 0)
			return -errno;
		reader->at_end = !done;
		reader->end += (size_t)done;
	}
	return 0;
}

static size_t available(const struct backup_reader *reader)
{
	return reader->end - reader->start;
}

/* Takes @length bytes. Returns 0, -EBADMSG: there are not so many; or another negative errno. */
static int take(struct backup_reader *reader, void *bytes, size_t length)
{
	int result = fill(reader, length);

	if (!result && available(reader) < length)
		result = -EBADMSG;
	if (result)
		return result;
	memcpy(bytes, reader->bytes + reader->start, length);
	reader->start += length;
	return 0;
}

int backup_reader_begin(struct backup_reader *reader, int fd)
{
	uint8_t head[BACKUP_HEAD_SIZE];
	int result;

	*reader = (struct backup_reader){ .fd = fd, .bytes = malloc(BACKUP_READER_SIZE) };
	if (!reader->bytes)
		return -ENOMEM;
	result = take(reader, head, sizeof(head));
	if (!result)
		result = backup_head_read(head, &reader->form_length);
	return result ? result : take(reader, reader->form, reader->form_length);
}

/* Whether a whole frame begins here: its length, or 0. */
static int frame_length(struct backup_reader *reader, size_t *ret_length)
{
	struct backup_frame frame;
	int result = fill(reader, BACKUP_FRAME_SIZE);

	*ret_length = 0;
	if (result || available(reader) < BACKUP_FRAME_SIZE || !backup_frame_read(reader->bytes + reader->start, &frame))
		return result;
	result = fill(reader, BACKUP_FRAME_SIZE + frame.length);
	if (!result && available(reader) >= BACKUP_FRAME_SIZE + frame.length)
		*ret_length = BACKUP_FRAME_SIZE + frame.length;
	return result;
}

int backup_reader_next(struct backup_reader *reader, const uint8_t **ret_bytes, size_t *ret_length)
{
	bool gap = false;
	size_t length = 0;
	int result;

	for (;;) {
		result = frame_length(reader, &length);
		if (result || length || !available(reader))
			break;
		reader->start++;
		gap = true;
	}
	reader->gaps += gap;
	if (result || !length)
		return result;
	*ret_bytes = reader->bytes + reader->start;
	*ret_length = length;
	reader->start += length;
	return 1;
}
