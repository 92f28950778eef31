// SPDX-License-Identifier: GPL-2.0-or-later
#include "locked_text.h"

#include <errno.h>
#include <string.h>

#include "helper/common/io.h"
#include "helper/common/registers.h"

#define FIRST_CAPACITY	4096
#define CHUNK		4096

static int make_room(struct secret *text, size_t more)
{
	size_t wanted, capacity = text->capacity ? text->capacity : FIRST_CAPACITY;

	if (__builtin_add_overflow(text->length + 1, more, &wanted))
		return -ENOMEM;
	while (capacity < wanted)
		if (__builtin_mul_overflow(capacity, 2, &capacity))
			return -ENOMEM;
	if (!text->data)
		return secret_new(text, capacity);
	return capacity == text->capacity ? 0 : secret_grow(text, capacity);
}

int locked_text_append(struct secret *text, const void *bytes, size_t length)
{
	int result = make_room(text, length);

	if (result < 0)
		return result;
	if (length)
		memcpy(text->data + text->length, bytes, length);
	clear_vector_registers();
	text->length += length;
	text->data[text->length] = 0;
	return 0;
}

int locked_text_read(int fd, size_t maximum, struct secret *ret_text)
{
	CLEANUP_SECRET struct secret text = SECRET_NONE;
	ssize_t length = 1;
	int result = 0;

	while (length > 0 && !result) {
		result = make_room(&text, CHUNK);
		if (!result)
			length = read_waiting(fd, text.data + text.length, CHUNK);
		if (length < 0)
			return -errno;
		text.length += result ? 0 : (size_t)length;
		if (text.length > maximum)
			return -EMSGSIZE;
	}
	if (result)
		return result;
	text.data[text.length] = 0;
	*ret_text = secret_take(&text);
	return 0;
}
