// SPDX-License-Identifier: GPL-2.0-or-later
#include "prompter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "pinentry.h"

#define ANSWER_SIZE	16384	/* a passcode of the largest size, escaped */
#define NO_PROGRAM	127
#define END_MS		1000	/* for a program to put its terminal in order */

/* The last one that was made. It is taken from here before it is unmapped: a signal handler looks. */
static char *volatile live;

static void release(char *answer)
{
	explicit_bzero(answer, ANSWER_SIZE);
	if (live == answer)
		live = NULL;
	munmap(answer, ANSWER_SIZE);
}

void prompter_wipe_answer(void)
{
	volatile char *answer = live;

	for (size_t at = 0; answer && at < ANSWER_SIZE; at++)
		answer[at] = 0;
}

/* The output: of its full size from the start, so that all of it is locked before it is written. */
static int make_answer(char **ret_answer)
{
	CLEANUP_FD int fd = memfd_create("answer", MFD_CLOEXEC);
	char *answer;

	if (fd < 0 || ftruncate(fd, ANSWER_SIZE) < 0)
		return -errno;
	answer = mmap(NULL, ANSWER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (answer == MAP_FAILED)
		return -errno;
	if (mlock(answer, ANSWER_SIZE) < 0) {
		int error = -errno;

		munmap(answer, ANSWER_SIZE);
		return error;
	}
	madvise(answer, ANSWER_SIZE, MADV_DONTDUMP);
	live = answer;
	*ret_answer = answer;
	return take_descriptor(&fd);
}

static int make_input(struct prompter *prompter, const struct prompt *prompt)
{
	CLEANUP_FD int fd = memfd_create("commands", MFD_CLOEXEC);
	int result = fd < 0 ? -errno : 0;

	if (!result && prompter->kind == PROMPTER_PINENTRY) {
		prompter->commands = pinentry_write(fd, prompt);
		result = prompter->commands < 0 ? prompter->commands : 0;
	}
	if (!result && lseek(fd, 0, SEEK_SET) < 0)
		result = -errno;
	return result < 0 ? result : take_descriptor(&fd);
}

static _Noreturn void run(const struct prompter *prompter, const struct prompt *prompt, int input,
			  int output)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0)
		_exit(1);
	if (prompter->kind == PROMPTER_PINENTRY)
		execlp(prompter->program, prompter->program, NULL);
	else if (prompter->kind == PROMPTER_ASKPASS)
		execlp(prompter->program, prompter->program, prompt->text, NULL);
	else
		execlp(prompter->program, prompter->program, "--timeout=0", "--id=keybag",
		       "--icon=dialog-password", prompt->text, NULL);
	_exit(errno == ENOENT ? NO_PROGRAM : 1);
}

/* The terminal that can stop this process, if there is one. */
static void note_terminal(struct prompter *prompter)
{
	CLEANUP_FD int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	prompter->on_terminal = terminal >= 0 && tcgetattr(terminal, &prompter->normal) == 0;
}

/* One that was ended may have left it without echo. In the background it is somebody else's. */
static void restore_terminal(const struct prompter *prompter)
{
	CLEANUP_FD int terminal = -1;

	if (!prompter->on_terminal)
		return;
	terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (terminal >= 0 && tcgetpgrp(terminal) == getpgrp())
		tcsetattr(terminal, TCSAFLUSH, &prompter->normal);
}

int prompter_start(struct prompter *prompter, const struct prompt *prompt)
{
	CLEANUP_FD int input = make_input(prompter, prompt);
	CLEANUP_FD int output = -1;
	int result;

	if (input < 0)
		return input;
	output = make_answer(&prompter->answer);
	if (output < 0)
		return output;
	prompter->asks = prompt->kind;
	note_terminal(prompter);
	prompter->pid = fork();
	if (prompter->pid == 0)
		run(prompter, prompt, input, output);
	result = prompter->pid < 0 ? -errno : 0;
	if (!result) {
		prompter->process = (int)syscall(SYS_pidfd_open, prompter->pid, 0);
		if (prompter->process >= 0)
			return 0;
		result = -errno;
		kill(prompter->pid, SIGTERM);
		waitpid(prompter->pid, NULL, 0);
	}
	prompter->pid = 0;
	release(prompter->answer);
	prompter->answer = NULL;
	return result;
}

/* As ssh reads it: an empty line agrees, as of programs that have two buttons, and so does one who types "yes". */
static bool agrees(const char *line, size_t length)
{
	static const char yes[] = "yes";

	return !length || (length == sizeof(yes) - 1 && !strncasecmp(line, yes, length));
}

int prompter_finish(struct prompter *prompter, const char **ret_passcode, size_t *ret_length)
{
	int status = 0;

	if (waitpid(prompter->pid, &status, 0) < 0)
		status = -1;
	close(prompter->process);
	prompter->pid = 0;
	/* One that was killed had no time to restore it. */
	if (status)
		restore_terminal(prompter);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_PROGRAM)
		return -ENOENT;
	if (!WIFEXITED(status))
		return -EIO;
	prompter->answer[ANSWER_SIZE - 1] = 0;
	if (prompter->kind == PROMPTER_PINENTRY)
		return pinentry_read(prompter->answer, prompter->asks, prompter->commands, ret_passcode, ret_length);
	if (status)
		return -ECANCELED;
	*ret_passcode = prompter->answer;
	*ret_length = strcspn(prompter->answer, prompter->kind == PROMPTER_ASKPASS ? "\r\n" : "\n");
	if (prompter->asks == PROMPT_CONFIRM)
		return agrees(*ret_passcode, *ret_length) ? 0 : -ECANCELED;
	/* Nothing typed is no passcode. */
	return *ret_length ? 0 : -ECANCELED;
}

/* One that is stopped, or wants to stay, does not hold up who waits for its end. */
static void end_process(const struct prompter *prompter)
{
	struct pollfd ended = { .fd = prompter->process, .events = POLLIN };

	kill(prompter->pid, SIGTERM);
	kill(prompter->pid, SIGCONT);
	if (poll(&ended, 1, END_MS) != 1)
		kill(prompter->pid, SIGKILL);
}

void prompter_wipe(struct prompter *prompter)
{
	if (prompter->pid) {
		end_process(prompter);
		waitpid(prompter->pid, NULL, 0);
		close(prompter->process);
		prompter->pid = 0;
		restore_terminal(prompter);
	}
	if (prompter->answer)
		release(prompter->answer);
	prompter->answer = NULL;
}
