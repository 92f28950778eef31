// SPDX-License-Identifier: GPL-2.0-or-later
#include "swtpm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* It runs beside the test, too, whose checks it is none of. */
static void must(bool condition)
{
	if (condition)
		return;
	perror("swtpm");
	abort();
}

struct swtpm *swtpm_present;
struct swtpm_faults *swtpm_faults;

void swtpm_start(struct swtpm *start)
{
	char state[64], descriptor[16];
	int sockets[2];

	if (!swtpm_faults) {
		swtpm_faults = mmap(NULL, sizeof(*swtpm_faults), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		must(swtpm_faults != MAP_FAILED);
		signal(SIGCHLD, SIG_DFL);
	}
	must((mkdir(start->state, 0700) == 0 || errno == EEXIST) && socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	start->socket = sockets[0];
	fcntl(sockets[0], F_SETFD, FD_CLOEXEC);
	snprintf(state, sizeof(state), "dir=%s", start->state);
	snprintf(descriptor, sizeof(descriptor), "%d", sockets[1]);
	start->pid = fork();
	if (!start->pid) {
		execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--fd", descriptor, "--flags",
		       "not-need-init,startup-clear", NULL);
		_exit(127);
	}
	close(sockets[1]);
}

void swtpm_stop(struct swtpm *stop)
{
	close(stop->socket);
	kill(stop->pid, SIGTERM);
	waitpid(stop->pid, NULL, 0);
}

void swtpm_restart(struct swtpm *restart)
{
	swtpm_stop(restart);
	swtpm_start(restart);
}

size_t swtpm_ask(const uint8_t *command, size_t length, uint8_t ret_answer[SWTPM_COMMAND])
{
	ssize_t count;

	must(send(swtpm_present->socket, command, length, MSG_NOSIGNAL) == (ssize_t)length);
	count = recv(swtpm_present->socket, ret_answer, SWTPM_COMMAND, 0);
	must(count >= 10);
	return (size_t)count;
}

static bool is_flush(const uint8_t *command)
{
	return command[8] == 1 && command[9] == 0x65;
}

/* Keeps the last PolicySigned, and LoadExternal. */
static void note(const uint8_t *command, size_t length)
{
	struct swtpm_command *place = command[8] == 1 && command[9] == 0x60 ? &swtpm_faults->policy_signed :
				      command[8] == 1 && command[9] == 0x67 ? &swtpm_faults->load_external : NULL;

	if (!place)
		return;
	place->length = length;
	memcpy(place->bytes, command, length);
}

static void pass_on(int peer)
{
	uint8_t bytes[SWTPM_COMMAND];
	ssize_t length;

	while ((length = recv(peer, bytes, sizeof(bytes), 0)) > 0) {
		size_t count = 10;

		if (swtpm_faults->silent)
			continue;
		note(bytes, (size_t)length);
		if (++swtpm_faults->commands == swtpm_faults->fail_at) {
			const uint32_t code = swtpm_faults->code;
			const uint8_t failure[] = { 0x80, 1, 0, 0, 0, 10, (uint8_t)(code >> 24), (uint8_t)(code >> 16),
						    (uint8_t)(code >> 8), (uint8_t)code };

			/* The kernel's resource manager would give the room back at the end. */
			if (is_flush(bytes) || !code)
				swtpm_ask(bytes, (size_t)length, bytes);
			if (!code)
				_exit(0);
			memcpy(bytes, failure, sizeof(failure));
		} else {
			count = swtpm_ask(bytes, (size_t)length, bytes);
		}
		send(peer, bytes, count, MSG_NOSIGNAL);
	}
	_exit(0);
}

int __wrap_tpm_device_open(void);
int __wrap_tpm_device_open(void)
{
	int sockets[2];

	if (!swtpm_present)
		return -ENOENT;
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
	if (!fork()) {
		close(sockets[0]);
		pass_on(sockets[1]);
	}
	close(sockets[1]);
	return sockets[0];
}
