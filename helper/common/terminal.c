// SPDX-License-Identifier: LGPL-2.1-or-later
#include "terminal.h"

#include <errno.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

/* Byte by byte: what follows the line belongs to the next reader. */
int line_read(int fd, struct secret *line)
{
	ssize_t part;

	line->length = 0;
	for (;;) {
		part = read(fd, line->data + line->length, 1);
		if (part < 0 && errno == EINTR && !interrupted)
			continue;
		if (part < 0)
			return -errno;
		if (interrupted)
			return -EINTR;
		if (!part && !line->length)
			return -ENODATA;
		if (!part || line->data[line->length] == '\n')
			break;
		if (++line->length > line->capacity - 2)
			return -EMSGSIZE;
	}
	if (line->length && line->data[line->length - 1] == '\r')
		line->length--;
	line->data[line->length] = 0;
	return 0;
}

int terminal_read(int fd, struct secret *line)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	struct sigaction before[sizeof(signals) / sizeof(signals[0])];
	const struct sigaction action = { .sa_handler = on_signal };
	struct termios normal, quiet;
	int result, caught;
	size_t i;

	if (tcgetattr(fd, &normal) < 0)
		return -errno;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, &before[i]);
	quiet = normal;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	tcsetattr(fd, TCSAFLUSH, &quiet);
	result = line_read(fd, line);
	tcsetattr(fd, TCSAFLUSH, &normal);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &before[i], NULL);
	caught = interrupted;
	interrupted = 0;
	if (caught)
		raise(caught);
	return result;
}
