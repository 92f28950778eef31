// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gives a program a passcode on its standard input without leaving it anywhere else.
 *
 *   feed MASKED MASK [MASKED MASK]... -- PROGRAM [ARGUMENT]...
 *
 * Each passcode is the XOR of two hexadecimal strings, so that it stands in no argument, pipe or
 * socket; a newline is added. The program reads it from a locked memory file, which is zeroed when
 * the program has ended. Exits with the program's status.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unmask.h"

static size_t line(uint8_t *out, const char *masked, const char *mask)
{
	size_t length = unmask(out, masked, mask);

	if (!length && *masked)
		errx(2, "not hexadecimal");
	out[length] = '\n';
	return length + 1;
}

int main(int argc, char **argv)
{
	int i, status, fd = memfd_create("feed", MFD_CLOEXEC);
	size_t length = 0, size = 4096;
	uint8_t *page;
	pid_t child;

	if (fd < 0 || ftruncate(fd, size))
		err(2, "memory file");
	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED || mlock(page, size))
		err(2, "memory file");
	for (i = 1; i + 1 < argc && strcmp(argv[i], "--"); i += 2)
		length += line(page + length, argv[i], argv[i + 1]);
	if (i + 1 >= argc)
		errx(2, "usage: feed MASKED MASK... -- PROGRAM [ARGUMENT]...");
	if (ftruncate(fd, length))
		err(2, "memory file");

	child = fork();
	if (child < 0)
		err(2, "fork");
	if (!child) {
		dup2(fd, STDIN_FILENO);
		execvp(argv[i + 1], argv + i + 1);
		err(127, "%s", argv[i + 1]);
	}
	if (waitpid(child, &status, 0) != child)
		err(2, "waitpid");
	explicit_bzero(page, size);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
