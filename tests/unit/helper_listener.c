// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The socket of a daemon: nobody else's is taken away. And the stream that its lines go to.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/listener.h"
#include "daemon/log.h"
#include "lib/tap.h"

#define PASSED	3	/* SD_LISTEN_FDS_START */

static char path[] = "/tmp/listener.XXXXXX/daemon.sock";
static char said[4096];
static int visitors;

static int accepted_count;

static void accepted(int fd)
{
	close(fd);
	accepted_count++;
}

static int try_connect(void);

/* Another process connects. Returns how many connections are handed out then: this one, and not those of this process. */
static int visit(sd_event *loop)
{
	pid_t child = fork();

	if (!child)
		_exit(try_connect() ? 1 : 0);
	waitpid(child, NULL, 0);
	accepted_count = 0;
	for (int turn = 0; turn < 20; turn++)
		check(sd_event_run(loop, 0) >= 0);
	return accepted_count;
}

/* The result of listener_open(), with what it logged in said. */
static int open_listener(void)
{
	int before = dup(STDERR_FILENO), log = memfd_create("said", 0), result;
	sd_event *loop = NULL;
	ssize_t length;

	check(sd_event_new(&loop) >= 0);
	dup2(log, STDERR_FILENO);
	result = listener_open(loop, path, accepted);
	if (!result)
		visitors = visit(loop);
	sd_event_unref(loop);
	length = pread(log, said, sizeof(said) - 1, 0);
	said[length < 0 ? 0 : length] = 0;
	dup2(before, STDERR_FILENO);
	close(before);
	close(log);
	return result;
}

static int make_socket(int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, path);
	check(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 4) == 0);
	return fd;
}

static int try_connect(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), result;
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, path);
	result = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	close(fd);
	return result;
}

static bool listens(int fd)
{
	int on = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &(socklen_t){ sizeof(on) }) == 0 && on;
}

/* Takes all connections that wait at sockets of this process. Returns how many there were. */
static int drain(void)
{
	int count = 0, peer;

	for (int fd = 0; fd < 64; fd++)
		while (listens(fd) && (peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
			close(peer);
			count++;
		}
	return count;
}

static void close_listeners(void)
{
	for (int fd = 0; fd < 64; fd++)
		if (listens(fd))
			close(fd);
}

static void test_own(void)
{
	struct stat status;
	int fd;

	check(open_listener() == 0 && !*said && visitors == 1);
	check(stat(path, &status) == 0 && (status.st_mode & 0777) == 0666 && try_connect() == 0);
	tap_test("one of its own, for everybody");

	/* The descriptor of the first one is open still. */
	check(drain() == 1);
	check(open_listener() == -EADDRINUSE && strstr(said, "systemctl stop helper_listener.socket helper_listener.service"));
	check(drain() == 0);
	tap_test("none in the place of one on which somebody listens, whom nothing has woken");

	check(try_connect() == 0);
	check(unlink(path) == 0);
	fd = make_socket(SOCK_STREAM);
	check(open_listener() == -EADDRINUSE);
	close(fd);
	tap_test("nor of one of another kind");

	/* The service manager's, and then one that was left behind in its place. */
	check(open_listener() == -EADDRINUSE);
	tap_test("nor where somebody listens on one whose name was taken");
	close_listeners();

	check(open_listener() == 0 && !*said && try_connect() == 0);
	unlink(path);
	tap_test("one that was left behind gives way");
}

/* As a daemon that was killed, with a thread that cannot end: its descriptors are open, it is dead. */
static void test_dead(void)
{
	int ready[2], end[2], fd;
	char byte;
	pid_t dead;

	check(pipe(ready) == 0 && pipe(end) == 0);
	dead = fork();
	if (!dead) {
		fd = make_socket(SOCK_SEQPACKET);
		/* Another process keeps the socket, until this test closes its end of the pipe. */
		if (!fork()) {
			prctl(PR_SET_NAME, "another");
			close(end[1]);
			_exit(read(end[0], &byte, 1) ? 1 : 0);
		}
		check(fd >= 0 && write(ready[1], "", 1) == 1);
		_exit(0);
	}
	check(read(ready[0], &byte, 1) == 1);
	check(waitid(P_PID, (id_t)dead, NULL, WEXITED | WNOWAIT) == 0);
	check(try_connect() == 0 && open_listener() == 0 && !*said);
	waitpid(dead, NULL, 0);
	for (int side = 0; side < 2; side++)
		check(close(ready[side]) == 0 && close(end[side]) == 0);
	unlink(path);
	tap_test("one of a process that has ended, and whose socket is still open");
}

static int open_passed(int fd)
{
	char pid[32];

	check(dup2(fd, PASSED) == PASSED);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	return open_listener();
}

static void test_passed(void)
{
	int fd = make_socket(SOCK_SEQPACKET), other;

	check(open_passed(fd) == 0 && !*said && visitors == 1);
	tap_test("the service manager's");

	unlink(path);
	check(open_passed(fd) == 0 && strstr(said, "systemctl restart helper_listener.socket"));
	other = make_socket(SOCK_SEQPACKET);
	close(other);
	check(open_passed(fd) == 0 && strstr(said, "nobody can connect"));
	tap_test("the service manager's, when its name is gone or another's: that is said");
	unlink(path);
	close(fd);
	close(PASSED);
}

static void test_journal(void)
{
	int before = dup(STDERR_FILENO), log = memfd_create("log", 0);
	struct stat status;
	char stream[64];

	dup2(log, STDERR_FILENO);
	check(fstat(log, &status) == 0);
	unsetenv("JOURNAL_STREAM");
	check(!log_goes_to_journal());
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	check(log_goes_to_journal());
	strcat(stream, "0");
	setenv("JOURNAL_STREAM", stream, 1);
	check(!log_goes_to_journal());
	setenv("JOURNAL_STREAM", "8:12345", 1);
	check(!log_goes_to_journal());
	setenv("JOURNAL_STREAM", "journal", 1);
	check(!log_goes_to_journal());
	dup2(before, STDERR_FILENO);
	close(before);
	close(log);
	tap_test("lines are the journal's where standard error is its stream, whatever was inherited");
}

int main(void)
{
	char *folder_end = strrchr(path, '/');

	tap_start();
	/* The number of the descriptor that is passed. */
	while (dup(STDIN_FILENO) < PASSED)
		;
	close(PASSED);
	*folder_end = 0;
	check(mkdtemp(path) != NULL);
	*folder_end = '/';
	test_journal();
	test_own();
	test_dead();
	test_passed();
	*folder_end = 0;
	check(rmdir(path) == 0);
	return tap_end();
}
