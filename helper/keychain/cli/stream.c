// SPDX-License-Identifier: GPL-2.0-or-later
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "helper/common/io.h"
#include "helper/common/terminal.h"

#define ASKED_CAPACITY	4096

int stream_read_some(struct secret *secret)
{
	ssize_t part;

	if (secret->length == secret->capacity)
		return -EMSGSIZE;
	do {
		part = read(STDIN_FILENO, secret->data + secret->length,
			    secret->capacity - secret->length);
	} while (part < 0 && errno == EINTR);
	if (part < 0)
		return -errno;
	secret->length += (size_t)part;
	return part > 0;
}

/* One byte more than fits tells a stream that is too long from one that just fits. */
int stream_read(size_t maximum, struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	int result = secret_new(&secret, maximum + 1);

	if (result < 0)
		return result;
	do {
		result = stream_read_some(&secret);
	} while (result > 0);
	if (!result && secret.length > maximum)
		result = -EMSGSIZE;
	if (!result)
		*ret_secret = secret_take(&secret);
	return result;
}

int stream_ask(const char *prompt, struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	CLEANUP_FD int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int result;

	if (terminal < 0)
		return -ENOTTY;
	result = secret_new(&secret, ASKED_CAPACITY);
	if (result < 0)
		return result;
	dprintf(terminal, "%s", prompt);
	result = terminal_read(terminal, &secret);
	if (!result)
		*ret_secret = secret_take(&secret);
	return result;
}

int stream_write(const void *bytes, size_t length)
{
	return write_all(STDOUT_FILENO, bytes, length);
}
