// SPDX-License-Identifier: GPL-2.0-or-later
#include "input.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int ios_input_read(int descriptor, size_t maximum, struct ios_input *ret_input)
{
	CLEANUP_IOS_INPUT struct ios_input input = IOS_INPUT_NONE;
	/* Not fstat(): the C library does it by a call that takes a path, too. */
	off_t size = lseek(descriptor, 0, SEEK_END);
	void *memory;

	if (size < 0)
		return -errno;
	if (!size)
		return -ENODATA;
	if ((uint64_t)size > maximum)
		return -EFBIG;
	memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	input.bytes = memory;
	input.size = (size_t)size;
	/* One that gets shorter meanwhile ends where it ends. */
	while (input.length < input.size) {
		ssize_t part = pread(descriptor, input.bytes + input.length, input.size - input.length, (off_t)input.length);

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -errno;
		if (!part)
			break;
		input.length += (size_t)part;
	}
	*ret_input = input;
	input = IOS_INPUT_NONE;
	return 0;
}

void ios_input_free(struct ios_input *input)
{
	if (!input->bytes)
		return;
	explicit_bzero(input->bytes, input->length);
	munmap(input->bytes, input->size);
	*input = IOS_INPUT_NONE;
}
