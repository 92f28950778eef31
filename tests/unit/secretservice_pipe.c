// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A secret is written to a pipe or socket that others have, all of it and without waiting, or an error says that it was not.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/secretservice/bus/secret_pipe.h"
#include "tests/unit/lib/tap.h"

#define LENGTH	64

static const char secret[SECRET_PIPE_MAX + 1] = "a secret of an application";

static void make(int result)
{
	if (result < 0) {
		puts("Bail out! no pipe or socket");
		exit(1);
	}
}

static bool has_arrived(int fd)
{
	char read_back[2 * LENGTH];

	return read(fd, read_back, sizeof(read_back)) == LENGTH && !memcmp(read_back, secret, LENGTH);
}

static void test_arrives(void)
{
	int ends[2];

	make(pipe(ends));
	check(secret_pipe_write(ends[1], secret, LENGTH) == 0);
	check(!(fcntl(ends[1], F_GETFL) & O_NONBLOCK));
	close(ends[1]);
	check(has_arrived(ends[0]));
	check(!read(ends[0], (char[1]){ 0 }, 1));
	close(ends[0]);
	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		make(socketpair(AF_UNIX, type, 0, ends));
		check(secret_pipe_write(ends[1], secret, LENGTH) == 0);
		check(has_arrived(ends[0]));
		close(ends[0]);
		close(ends[1]);
	}
	tap_test("it arrives as it is by a pipe and by a socket, whose mode stays, and nothing behind it");
}

/* Until nothing more goes in. */
static void fill(int fd)
{
	static const char bytes[4096];
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (write(fd, bytes, sizeof(bytes)) > 0)
		;
	while (write(fd, bytes, 1) > 0)
		;
	fcntl(fd, F_SETFL, flags);
}

/* A blocking descriptor: the alarm ends the program if a write waits. */
static void test_full(void)
{
	int ends[2];

	make(pipe(ends));
	make(fcntl(ends[1], F_SETPIPE_SZ, 4096));
	fill(ends[1]);
	check(secret_pipe_write(ends[1], secret, LENGTH) == -EAGAIN);
	check(read(ends[0], (char[4096]){ 0 }, 4096) == 4096);
	check(secret_pipe_write(ends[1], secret, LENGTH) == 0);
	check(has_arrived(ends[0]));
	close(ends[0]);
	close(ends[1]);
	make(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	fill(ends[1]);
	check(secret_pipe_write(ends[1], secret, LENGTH) == -EAGAIN);
	close(ends[0]);
	close(ends[1]);
	tap_test("where there is no room it does not wait, and leaves no part of it");
}

static void test_partial(void)
{
	char text[4096];
	int ends[2];

	make(pipe(ends));
	make(fcntl(ends[1], F_SETPIPE_SZ, 4096));
	check(write(ends[1], text, sizeof(text) - LENGTH / 2) == (ssize_t)sizeof(text) - LENGTH / 2);
	check(secret_pipe_write(ends[1], secret, LENGTH) == -EAGAIN);
	check(read(ends[0], text, sizeof(text)) == (ssize_t)sizeof(text) - LENGTH / 2);
	close(ends[0]);
	close(ends[1]);
	tap_test("where there is room for a part of it none is written");
}

static void test_nobody_reads(void)
{
	int ends[2];

	make(pipe(ends));
	close(ends[0]);
	check(secret_pipe_write(ends[1], secret, LENGTH) == -EPIPE);
	close(ends[1]);
	make(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	close(ends[0]);
	check(secret_pipe_write(ends[1], secret, LENGTH) == -EPIPE);
	close(ends[1]);
	tap_test("where nobody reads that is an error, and no signal");
}

/* A named pipe may be in a file system that takes its time. */
static void test_named_pipe(void)
{
	char folder[] = "/tmp/pipe.XXXXXX", path[32];
	char bytes[2 * LENGTH];
	int fd;

	make(mkdtemp(folder) ? 0 : -1);
	snprintf(path, sizeof(path), "%s/pipe:[1]", folder);
	make(mkfifo(path, 0600));
	fd = open(path, O_RDWR | O_NONBLOCK);
	make(fd);
	check(secret_pipe_write(fd, secret, LENGTH) == -ESPIPE);
	check(read(fd, bytes, sizeof(bytes)) == -1 && errno == EAGAIN);
	close(fd);
	unlink(path);
	rmdir(folder);
	tap_test("a pipe with a name gets nothing, whatever name that is");
}

static void test_other_files(void)
{
	FILE *file = tmpfile();
	struct stat status;
	int inet = socket(AF_INET, SOCK_DGRAM, 0);

	if (!file)
		make(-1);
	check(secret_pipe_write(fileno(file), secret, LENGTH) == -ESPIPE);
	check(!fstat(fileno(file), &status) && !status.st_size);
	fclose(file);
	if (inet >= 0)
		check(secret_pipe_write(inet, secret, LENGTH) == -ESPIPE);
	close(inet);
	check(secret_pipe_write(-1, secret, LENGTH) == -EBADF);
	check(secret_pipe_write(0, secret, SECRET_PIPE_MAX + 1) == -EINVAL);
	tap_test("a file that would keep it, and a socket of the network, get nothing");
}

int main(void)
{
	tap_start();
	/* As in the service. */
	signal(SIGPIPE, SIG_IGN);
	alarm(60);
	test_arrives();
	test_full();
	test_partial();
	test_nobody_reads();
	test_named_pipe();
	test_other_files();
	return tap_end();
}
