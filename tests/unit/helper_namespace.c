// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which namespaces a process is in, whatever else stands in /proc of it.
 */
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/namespace.h"
#include "lib/tap.h"

#define GROUPS	20000

/* A process with as many groups as make its status long, in a PID namespace of its own if @inner. Returns -1: not allowed. */
static pid_t start(bool inner)
{
	static gid_t groups[GROUPS];
	pid_t maker, child = -1;
	int told[2];

	if (pipe(told))
		return -1;
	maker = fork();
	if (!maker) {
		for (unsigned int i = 0; i < GROUPS; i++)
			groups[i] = 100000 + i;
		child = (!inner || !unshare(CLONE_NEWPID)) && !setgroups(GROUPS, groups) ? fork() : -1;
		if (!child) {
			pause();
			_exit(0);
		}
		_exit(write(told[1], &child, sizeof(child)) != sizeof(child));
	}
	if (read(told[0], &child, sizeof(child)) != sizeof(child))
		child = -1;
	waitpid(maker, NULL, 0);
	close(told[0]);
	close(told[1]);
	return child;
}

static void test_long_status(void)
{
	pid_t inner = start(true), ours = start(false);

	if (inner < 0 || ours < 0) {
		tap_test("a status of any length # SKIP needs root");
	} else {
		check(in_inner_pid_namespace(inner));
		check(!in_inner_pid_namespace(ours));
		tap_test("a status of any length");
	}
	if (inner > 0)
		kill(inner, SIGKILL);
	if (ours > 0)
		kill(ours, SIGKILL);
}

static void test_gone(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	check(in_inner_pid_namespace(child));
	check(!in_inner_pid_namespace(getpid()));
	tap_test("a process that is gone counts as one in another namespace");
}

/* Looks in a mount namespace of its own. Returns 0: all is as it should be; 2: that is not allowed. */
static int look_without_proc(bool other_user)
{
	if (unshare(CLONE_NEWNS | (other_user ? CLONE_NEWUSER : 0)))
		return 2;
	if (!surely_in_user_namespace() != !other_user || !in_user_namespace(0) != !other_user)
		return 1;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("none", "/proc", "tmpfs", 0, NULL))
		return 2;
	return surely_in_user_namespace() || !in_user_namespace(0);
}

static void test_without_proc(void)
{
	bool skipped = in_user_namespace(0);
	int status = -1;

	for (int other_user = 0; other_user < 2 && !skipped; other_user++) {
		pid_t child = fork();

		if (!child)
			_exit(look_without_proc(other_user));
		check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) != 1);
		skipped = WEXITSTATUS(status) == 2;
	}
	tap_test("without /proc a process is in no namespace for sure%s", skipped ? " # SKIP not allowed" : "");
}

int main(void)
{
	tap_start();
	test_long_status();
	test_gone();
	test_without_proc();
	return tap_end();
}
