// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybag-ssh-agent-helper: asks the person, and talks to security keys, for keybag-ssh-agent, which has started it and confines
 * itself. Each request is a process of its own, which ends with its answer or when nobody waits for that any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <poll.h>
#include <unistd.h>

#include "helper/agent/prompter.h"
#include "helper/common/ending.h"
#include "helper/common/printable.h"
#include "helper/common/secret.h"
#include "helper/sshagent/ask/ask.h"
#include "program.h"
#include "security_key.h"

static struct {
	uint32_t number;	/* 0: none */
	pid_t process;
} running[ASK_MAX];

static uint8_t message[ASK_MESSAGE_MAX];

static void answer(uint32_t number, bool yes, struct bytes content)
{
	CLEANUP_BUFFER struct buffer buffer = BUFFER_NONE;

	buffer_u32(&buffer, number);
	buffer_u8(&buffer, yes);
	buffer_string(&buffer, content);
	if (!buffer.failed)
		send(ASK_SOCKET, buffer.data, buffer.length, MSG_NOSIGNAL);
}

/* The comment of a key is in it, which whoever added the key has chosen. */
static bool confirm(struct reader *from)
{
	struct bytes text = reader_text(from);
	char *shown CLEANUP_FREE = NULL, *line CLEANUP_FREE = NULL;
	size_t length;
	FILE *file = open_memstream(&shown, &length);
	char *rest, *part;

	line = strndup((const char *)text.data, text.length);
	if (!file || !line || !reader_done(from)) {
		if (file)
			fclose(file);
		return false;
	}
	for (rest = line; (part = strsep(&rest, "\n"));) {
		printable_write(file, part, strlen(part));
		fputc('\n', file);
	}
	if (fclose(file))
		return false;
	program_environment();
	return program_confirm(shown);
}

static bool sign(struct reader *from, struct buffer *signature)
{
	struct security_key_request request;

	request.type = reader_text(from);
	request.application = reader_text(from);
	request.flags = reader_u8(from);
	request.handle = reader_string(from);
	request.data = reader_string(from);
	if (!reader_done(from))
		return false;
	program_environment();
	return security_key_sign(&request, signature);
}

static _Noreturn void serve(pid_t parent, uint32_t number, enum ask_kind kind, struct reader *from)
{
	CLEANUP_BUFFER struct buffer signature = BUFFER_NONE;
	sigset_t none;
	bool yes;

	/* It is ended by a signal as well, with what was typed. */
	ending_add(locked_memory_wipe_all);
	ending_add(prompter_wipe_answer);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	yes = kind == ASK_CONFIRM ? confirm(from) : kind == ASK_SIGN && sign(from, &signature);
	answer(number, yes, buffer_content(&signature));
	_exit(0);
}

static size_t find(uint32_t number)
{
	size_t at = 0;

	while (at < ASK_MAX && running[at].number != number)
		at++;
	return at;
}

static void cancel(uint32_t number)
{
	size_t at = number ? find(number) : ASK_MAX;

	if (at < ASK_MAX)
		kill(running[at].process, SIGTERM);
}

static void begin(uint32_t number, enum ask_kind kind, struct reader *from)
{
	size_t at = find(0);
	pid_t parent = getpid(), pid = at < ASK_MAX ? fork() : -1;

	if (!pid)
		serve(parent, number, kind, from);
	if (pid < 0) {
		answer(number, false, (struct bytes){ 0 });
		return;
	}
	running[at].number = number;
	running[at].process = pid;
}

/* Returns false at the end of the connection. */
static bool read_request(void)
{
	ssize_t length = recv(ASK_SOCKET, message, sizeof(message), MSG_DONTWAIT);
	struct reader from = reader_of(message, length < 0 ? 0 : (size_t)length);
	uint32_t number = reader_u32(&from);
	enum ask_kind kind = reader_u8(&from);

	if (length <= 0)
		return length < 0 && (errno == EAGAIN || errno == EINTR);
	if (kind == ASK_CANCEL)
		cancel(number);
	else if (number)
		begin(number, kind, &from);
	return true;
}

/* One that was killed, or has crashed, has not answered; a second answer is not heard. */
static void reap(int signals)
{
	struct signalfd_siginfo info;
	pid_t pid;

	if (read(signals, &info, sizeof(info)) < 0)
		return;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		for (size_t at = 0; at < ASK_MAX; at++) {
			if (running[at].process != pid)
				continue;
			answer(running[at].number, false, (struct bytes){ 0 });
			running[at].number = 0;
			running[at].process = 0;
		}
	}
}

static int run(void)
{
	struct pollfd watched[2] = { { .fd = ASK_SOCKET, .events = POLLIN }, { .events = POLLIN } };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	watched[1].fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watched[1].fd < 0)
		return 1;
	for (;;) {
		if (poll(watched, 2, -1) < 0 && errno != EINTR)
			return 1;
		if (watched[1].revents)
			reap(watched[1].fd);
		if (watched[0].revents && !read_request())
			return 0;
	}
}

int main(int argc, char **argv)
{
	int type;
	socklen_t size = sizeof(type);

	(void)argv;
	/* Programs that are started ask a person: they are not to answer for them. */
	if (argc != 1 || getsockopt(ASK_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_SEQPACKET ||
	    fcntl(ASK_SOCKET, F_SETFD, FD_CLOEXEC) < 0) {
		fputs("keybag-ssh-agent-helper is started by keybag-ssh-agent; see keybag-ssh-agent(8).\n", stderr);
		return 2;
	}
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return run();
}
