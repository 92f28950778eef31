// SPDX-License-Identifier: GPL-2.0-or-later
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "helper/common/io.h"

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

static int read_line(int terminal, struct secret *secret)
{
	ssize_t part;

	while (secret->length < secret->capacity) {
		part = read(terminal, secret->data + secret->length, 1);
		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -errno;
		if (!part || secret->data[secret->length] == '\n')
			return 0;
		secret->length++;
	}
	return -EMSGSIZE;
}

int stream_ask(const char *prompt, struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	CLEANUP_FD int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios present, silent;
	int result;

	if (terminal < 0 || tcgetattr(terminal, &present) < 0)
		return -ENOTTY;
	result = secret_new(&secret, 4096);
	if (result < 0)
		return result;
	silent = present;
	silent.c_lflag &= (tcflag_t)~ECHO;
	dprintf(terminal, "%s", prompt);
	tcsetattr(terminal, TCSAFLUSH, &silent);
	result = read_line(terminal, &secret);
	tcsetattr(terminal, TCSAFLUSH, &present);
	dprintf(terminal, "\n");
	if (!result)
		*ret_secret = secret_take(&secret);
	return result;
}

int stream_write(const void *bytes, size_t length)
{
	return write_all(STDOUT_FILENO, bytes, length);
}
