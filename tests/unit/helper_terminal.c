// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A secret that is typed: signals find the terminal as it was, and after a stop it is asked for again.
 *
 * A shell of its own, the session's leader, has a job that asks; the test is the user at the keyboard.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "common/terminal.h"
#include "lib/tap.h"

#define PROMPT		"Secret: "
#define PATIENCE_MS	30000
#define ENDED_BY	128	/* what the shell says of a job that a signal ended */

static int keyboard;		/* the terminal's other end */
static int orders, reports;	/* to the shell and from it */

/* ---- the job and the shell ---- */

static _Noreturn void job(enum terminal_echo echo)
{
	CLEANUP_SECRET struct secret line = SECRET_NONE;

	if (secret_new(&line, 256) || terminal_ask(0, 1, PROMPT, echo, &line))
		_exit(1);
	_exit(strcmp((const char *)line.data, "right") ? 2 : 0);
}

static void work(void *context)
{
	(void)context;
	if (write(1, "at work", 7) != 7)
		_exit(1);
	sleep(1);
}

/* A program that takes its time between two questions. */
static _Noreturn void quiet_job(void)
{
	terminal_quiet(0, work, NULL);
	job(TERMINAL_HIDDEN);
}

static void say(int fd, unsigned char byte)
{
	if (write(fd, &byte, 1) != 1)
		_exit(99);
}

static void take_terminal(pid_t group)
{
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(0, group);
	signal(SIGTTOU, SIG_DFL);
}

/*
 * Orders: 'j' starts a job that asks, 'q' one that works before, 'v' one that asks for what may be seen, 'b' one in the background; 'f' brings it
 * to the front. After each it waits for the job to stop ('s') or end, and takes the terminal back.
 */
static _Noreturn void shell(int from, int to)
{
	pid_t pid = 0;
	char order;
	int status;

	while (read(from, &order, 1) == 1) {
		if (order != 'f') {
			pid = fork();
			if (!pid) {
				setpgid(0, 0);
				if (order != 'b')
					take_terminal(getpid());
				if (order == 'q')
					quiet_job();
				job(order == 'v' ? TERMINAL_SHOWN : TERMINAL_HIDDEN);
			}
			setpgid(pid, pid);
		}
		if (order == 'f') {
			take_terminal(pid);
			kill(-pid, SIGCONT);
		}
		if (waitpid(pid, &status, WUNTRACED) != pid)
			_exit(98);
		take_terminal(getpgrp());
		say(to, WIFSTOPPED(status) ? 's' : WIFSIGNALED(status) ? ENDED_BY + WTERMSIG(status) : WEXITSTATUS(status));
	}
	_exit(0);
}

static pid_t start_shell(void)
{
	int to[2], from[2];
	pid_t pid;

	if (pipe(to) || pipe(from))
		exit(1);
	pid = forkpty(&keyboard, NULL, NULL, NULL);
	if (!pid) {
		close(to[1]);
		close(from[0]);
		shell(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	orders = to[1];
	reports = from[0];
	return pid;
}

/* ---- the user ---- */

static void type(const char *keys)
{
	if (write(keyboard, keys, strlen(keys)) != (ssize_t)strlen(keys))
		exit(1);
}

static bool echoes(void)
{
	struct termios now;

	return !tcgetattr(keyboard, &now) && now.c_lflag & ECHO;
}

/* The output of the terminal until @text is there; "" where it does not come. */
static const char *see(const char *text)
{
	static char seen[4096];
	size_t length = 0;

	memset(seen, 0, sizeof(seen));
	while (!strstr(seen, text)) {
		struct pollfd input = { .fd = keyboard, .events = POLLIN };
		ssize_t part = poll(&input, 1, PATIENCE_MS) == 1 && length < sizeof(seen) - 1 ?
			       read(keyboard, seen + length, sizeof(seen) - 1 - length) : -1;

		if (part <= 0)
			return "";
		length += (size_t)part;
	}
	return seen;
}

static int report(void)
{
	struct pollfd input = { .fd = reports, .events = POLLIN };
	unsigned char byte;

	return poll(&input, 1, PATIENCE_MS) == 1 && read(reports, &byte, 1) == 1 ? byte : -1;
}

static pid_t job_group(void)
{
	pid_t group = -1;

	return ioctl(keyboard, TIOCGPGRP, &group) ? -1 : group;
}

static void answer(void)
{
	check(*see(PROMPT) && !echoes());
	type("right\n");
	check(report() == 0);
	check(echoes());
}

static void test_answers(void)
{
	say(orders, 'j');
	answer();
	check(!strstr(see("\n"), "right"));
	tap_test("what is typed is not shown");

	say(orders, 'v');
	check(*see(PROMPT) && echoes());
	type("right\n");
	check(report() == 0 && strstr(see("\n"), "right"));
	tap_test("what may be seen is shown");
}

static void test_work(void)
{
	say(orders, 'q');
	check(*see("at work") && !echoes());
	type("typed too early\n");
	answer();
	check(!strstr(see("\n"), "early"));
	tap_test("what is typed while it works is neither shown nor taken for an answer");

	say(orders, 'q');
	check(*see("at work"));
	type("\x03");
	check(report() == ENDED_BY + SIGINT);
	check(echoes());
	tap_test("ended by a signal meanwhile: the terminal as it was");
}

static void test_stop(void)
{
	say(orders, 'j');
	for (int times = 0; times < 2; times++) {
		check(*see(PROMPT) && !echoes());
		type("half a sec\x1a");
		check(report() == 's');
		check(echoes());
		say(orders, 'f');
	}
	answer();
	tap_test("stopped from the keyboard: the terminal as it was, then it is asked for again, and not shown");

	say(orders, 'j');
	check(*see(PROMPT));
	check(!kill(-job_group(), SIGSTOP) && report() == 's');
	say(orders, 'f');
	answer();
	tap_test("stopped by a signal that cannot be caught: it is asked for again");

	say(orders, 'b');
	check(report() == 's' && echoes());
	say(orders, 'f');
	answer();
	tap_test("started in the background: asked for in the foreground");
}

static void test_end(void)
{
	static const struct {
		const char *key;
		int signal;
	} keys[] = { { "\x03", SIGINT }, { "\x1c", SIGQUIT }, { NULL, SIGTERM }, { NULL, SIGHUP } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		say(orders, 'j');
		check(*see(PROMPT) && !echoes());
		if (keys[i].key)
			type(keys[i].key);
		else
			kill(-job_group(), keys[i].signal);
		check(report() == ENDED_BY + keys[i].signal);
		check(echoes());
	}
	tap_test("ended by a signal: the terminal as it was");
}

int main(void)
{
	static const int needed[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP };
	pid_t pid;

	/* A program that starts tests in the background has them ignored. */
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		signal(needed[i], SIG_DFL);
	pid = start_shell();
	tap_start();
	test_answers();
	test_work();
	test_stop();
	test_end();
	close(orders);
	close(keyboard);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return tap_end();
}
