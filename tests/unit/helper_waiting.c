// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Input and output that somebody has made O_NONBLOCK are waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/io.h"
#include "common/standard_streams.h"
#include "common/terminal.h"
#include "lib/tap.h"

#define SIZE	(1 << 20)	/* more than a pipe has room for */
#define PART	7000

static uint8_t sent[SIZE], received[SIZE];

/* The other end of a pipe takes or gives a part at a time, and lets the pipe run empty or full before each. */
static pid_t start_other(int pipe_ends[2], bool reads)
{
	pid_t child;
	size_t done = 0;

	if (pipe(pipe_ends))
		return -1;
	fcntl(pipe_ends[reads], F_SETFL, O_NONBLOCK);
	fflush(stdout);
	child = fork();
	if (child)
		return child;
	close(pipe_ends[reads]);
	while (done < SIZE) {
		ssize_t part = SIZE - done < PART ? (ssize_t)(SIZE - done) : PART;

		usleep(500);
		part = reads ? read(pipe_ends[0], received + done, (size_t)part) : write(pipe_ends[1], sent + done, (size_t)part);
		if (part <= 0)
			break;
		done += (size_t)part;
	}
	_exit(done != SIZE || (reads && memcmp(sent, received, SIZE)));
}

static void end_other(pid_t child, int pipe_ends[2])
{
	int status = -1;

	close(pipe_ends[0]);
	close(pipe_ends[1]);
	check(waitpid(child, &status, 0) == child && !status);
}

static void test_reading(void)
{
	static uint8_t bytes[SIZE + 1];
	int ends[2];
	pid_t child = start_other(ends, false);

	close(ends[1]);
	ends[1] = -1;
	check(read_all_waiting(ends[0], bytes, SIZE) == SIZE && !memcmp(bytes, sent, SIZE));
	end_other(child, ends);
	check(pipe2(ends, O_NONBLOCK) == 0 && read_all(ends[0], bytes, SIZE) == -EAGAIN);
	close(ends[0]);
	check(read_all_waiting(ends[0], bytes, SIZE) == -EBADF && write_all(ends[0], bytes, 1) == -EBADF);
	close(ends[1]);
	tap_test("reading to the end");
}

static void test_writing(void)
{
	int ends[2];
	pid_t child = start_other(ends, true);

	close(ends[0]);
	ends[0] = -1;
	check(write_all(ends[1], sent, SIZE) == 0);
	end_other(child, ends);
	tap_test("writing all");
}

static void test_printing(void)
{
	int ends[2], status = -1;
	pid_t child = start_other(ends, true), printer;

	close(ends[0]);
	ends[0] = -1;
	fflush(stdout);
	printer = fork();
	if (!printer) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[1]);
		status = standard_streams_begin();
		for (size_t i = 0; !status && i < SIZE; i++)
			status = putchar(sent[i]) == EOF;
		_exit(status || standard_streams_flush());
	}
	check(waitpid(printer, &status, 0) == printer && !status);
	end_other(child, ends);
	printer = fork();
	if (!printer) {
		dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
		status = standard_streams_begin();
		printf("text");
		_exit(status || standard_streams_flush() != -ENOSPC || standard_streams_flush() != -ENOSPC);
	}
	check(waitpid(printer, &status, 0) == printer && !status);
	tap_test("printing");
}

/* A line comes in two parts. */
static void test_lines(void)
{
	CLEANUP_SECRET struct secret line = SECRET_NONE;
	int ends[2], status = -1;
	pid_t child;

	check(secret_new(&line, 64) == 0 && pipe2(ends, O_NONBLOCK) == 0);
	fflush(stdout);
	child = fork();
	if (!child) {
		usleep(100000);
		status = write(ends[1], "one ", 4) == 4;
		usleep(100000);
		_exit(write(ends[1], "line\nmore", 9) != 9 || status != 1);
	}
	check(line_read(ends[0], &line) == 0 && !strcmp((const char *)line.data, "one line"));
	check(waitpid(child, &status, 0) == child && !status);
	close(ends[0]);
	close(ends[1]);
	tap_test("reading a line");
}

int main(void)
{
	tap_start();
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (uint8_t)(i * i / 7);
	test_reading();
	test_writing();
	test_printing();
	test_lines();
	return tap_end();
}
