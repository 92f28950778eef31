// SPDX-License-Identifier: GPL-2.0-or-later
#include "stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/common/io.h"
#include "helper/common/terminal.h"
#include "helper/common/translate.h"

#define ASKED_CAPACITY	4096
#define FIRST_CAPACITY	4096

static size_t wanted;		/* of the last memory that was not to be had */

/* Most secrets are short, and locked memory is little: it is doubled as it is filled. */
static int make_room(size_t maximum, struct secret *secret)
{
	size_t capacity = secret->capacity ? 2 * secret->capacity : FIRST_CAPACITY;
	int result;

	if (secret->length < secret->capacity)
		return 0;
	if (secret->capacity >= maximum)
		return -EMSGSIZE;
	if (capacity > maximum)
		capacity = maximum;
	result = secret->data ? secret_grow(secret, capacity) : secret_new(secret, capacity);
	if (result < 0)
		wanted = capacity;
	return result;
}

int stream_read_some(size_t maximum, struct secret *secret)
{
	ssize_t part;
	int result = make_room(maximum, secret);

	if (result < 0)
		return result;
	part = read_waiting(STDIN_FILENO, secret->data + secret->length, secret->capacity - secret->length);
	if (part < 0)
		return -errno;
	secret->length += (size_t)part;
	return part > 0;
}

/* One byte more than fits tells a stream that is too long from one that just fits. */
int stream_read(size_t maximum, struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	int result;

	do {
		result = stream_read_some(maximum + 1, &secret);
	} while (result > 0);
	if (!result && secret.length > maximum)
		result = -EMSGSIZE;
	if (!result)
		*ret_secret = secret_take(&secret);
	return result;
}

static int ask(const char *prompt, enum terminal_echo echo, struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	int result = secret_new(&secret, ASKED_CAPACITY);

	if (result < 0) {
		wanted = ASKED_CAPACITY;
		return result;
	}
	result = terminal_ask_own(prompt, echo, &secret);
	if (!result)
		*ret_secret = secret_take(&secret);
	return result;
}

int stream_ask(const char *prompt, struct secret *ret_secret)
{
	return ask(prompt, TERMINAL_HIDDEN, ret_secret);
}

int stream_ask_shown(const char *prompt, struct secret *ret_answer)
{
	return ask(prompt, TERMINAL_SHOWN, ret_answer);
}

const char *stream_problem(int error)
{
	static char text[SECRET_PROBLEM_SIZE];

	if (error != -ENOMEM)
		return translate_errno(error);
	secret_problem(wanted, text);
	return text;
}

int stream_write(const void *bytes, size_t length)
{
	return write_all(STDOUT_FILENO, bytes, length);
}
