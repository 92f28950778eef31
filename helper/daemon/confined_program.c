// SPDX-License-Identifier: GPL-2.0-or-later
#include "confined_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/deadline.h"

#define SECOND_NS	UINT64_C(1000000000)

int confined_program_descriptor(int fd)
{
	int higher = fcntl(fd, F_DUPFD_CLOEXEC, CONFINED_PROGRAM_FIRST + CONFINED_PROGRAM_DESCRIPTORS);

	return higher < 0 ? -errno : higher;
}

int confined_program_start(const struct confined_program *program, const int *descriptors, size_t count, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int error = 0;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	for (size_t i = 0; i < count && !error; i++)
		error = posix_spawn_file_actions_adddup2(&actions, descriptors[i], CONFINED_PROGRAM_FIRST + (int)i);
	if (!error)
		error = posix_spawn(ret_pid, program->path, &actions, &attributes, program->arguments, program->environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

bool confined_program_wait(pid_t pid, unsigned int seconds, int *ret_status)
{
	CLEANUP_FD int fd = pidfd_open(pid, 0);

	if (fd < 0 || deadline_poll(fd, POLLIN, deadline_after(seconds * SECOND_NS)) < 0) {
		kill(pid, SIGKILL);
		if (fd < 0 || deadline_poll(fd, POLLIN, deadline_after(SECOND_NS)) < 0)
			return false;
	}
	return waitpid(pid, ret_status, WNOHANG) == pid;
}
