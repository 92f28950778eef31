// SPDX-License-Identifier: GPL-2.0-or-later
#include "chunk_input.h"

#include "common/io.h"
#include "common/translate.h"

#include <errno.h>
#include <fcntl.h>

int chunk_input_open(const char *path, struct chunk_input *ret_input)
{
	CLEANUP_INPUT struct chunk_input input = { .name = path ? path : _("standard input"), .fd = STDIN_FILENO, .owned = path };

	if (path)
		input.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (input.fd < 0 || fstat(input.fd, &input.before) < 0)
		return -errno;
	if (S_ISDIR(input.before.st_mode))
		return -EISDIR;
	input.start = S_ISREG(input.before.st_mode) ? lseek(input.fd, 0, SEEK_CUR) : -1;
	*ret_input = input;
	input = CHUNK_INPUT_NONE;
	return 0;
}

void chunk_input_close(struct chunk_input *input)
{
	if (input->owned)
		cleanup_descriptor(&input->fd);
	*input = CHUNK_INPUT_NONE;
}

/* A writer that adds to it would otherwise keep the reader for ever, or leave it with a mixture. */
static bool has_changed(const struct chunk_input *input)
{
	struct stat now;

	if (!S_ISREG(input->before.st_mode))
		return false;
	return fstat(input->fd, &now) < 0 || now.st_size != input->before.st_size ||
	       now.st_mtim.tv_sec != input->before.st_mtim.tv_sec || now.st_mtim.tv_nsec != input->before.st_mtim.tv_nsec;
}

ssize_t chunk_input_read(struct chunk_input *input, uint8_t *bytes, size_t size, bool *ret_last)
{
	size_t length = 0;
	ssize_t part;

	if (input->has_next)
		bytes[length++] = input->next;
	input->has_next = false;
	/* One byte more than is wanted says whether there is more. */
	while (length < size + 1) {
		part = read_waiting(input->fd, bytes + length, size + 1 - length);
		if (part < 0)
			return -errno;
		if (!part)
			break;
		length += (size_t)part;
	}
	if (has_changed(input))
		return -ESTALE;
	if (length > size) {
		input->next = bytes[size];
		input->has_next = true;
		length = size;
	}
	*ret_last = !input->has_next;
	return (ssize_t)length;
}

uint64_t chunk_input_total(const struct chunk_input *input)
{
	if (input->start < 0 || input->before.st_size < input->start)
		return 0;
	return (uint64_t)(input->before.st_size - input->start);
}

int chunk_input_rewind(struct chunk_input *input)
{
	input->has_next = false;
	if (input->start < 0 || lseek(input->fd, input->start, SEEK_SET) < 0)
		return -ESPIPE;
	return 0;
}
