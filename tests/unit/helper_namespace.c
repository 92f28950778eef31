// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which namespaces a process is in, whatever else stands in /proc of it.
 */
#include <grp.h>
#include <sched.h>
#include <signal.h>
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

int main(void)
{
	tap_start();
	test_long_status();
	test_gone();
	return tap_end();
}
