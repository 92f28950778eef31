// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The confinement of programs that read what others made, as code sees it that has taken one over: in a process of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/confined/confine.h"
#include "tests/unit/lib/tap.h"

/* In a child, whose standard output is the test's. */
static bool refused(const char *what, long result)
{
	if (result >= 0 || errno != EPERM)
		dprintf(STDOUT_FILENO, "# %s: %s\n", what, result < 0 ? strerrordesc_np(errno) : "permitted");
	return result < 0 && errno == EPERM;
}

static bool refuses_others(int socket)
{
	static char *const nothing[] = { NULL };
	struct stat status;
	bool good = refused("openat", syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY));

	good &= refused("newfstatat", syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &status, 0));
	good &= refused("fcntl, F_SETOWN", syscall(SYS_fcntl, socket, F_SETOWN, getppid()));
	good &= refused("fcntl, F_SETSIG", syscall(SYS_fcntl, socket, F_SETSIG, SIGKILL));
	good &= refused("ioctl", syscall(SYS_ioctl, socket, FIOSETOWN, NULL));
	good &= refused("kill", syscall(SYS_kill, getppid(), 0));
	good &= refused("tgkill", syscall(SYS_tgkill, getppid(), getppid(), 0));
	good &= refused("socket", syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));
	good &= refused("sendmsg", syscall(SYS_sendmsg, socket, NULL, 0));
	good &= refused("execve", syscall(SYS_execve, "/bin/true", nothing, nothing));
	good &= refused("clone", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
	good &= refused("ptrace", syscall(SYS_ptrace, 0, 0, 0, 0));
	good &= refused("process_vm_readv", syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
	good &= refused("prctl", syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0));
	good &= refused("memory that is executed", syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	return good;
}

static bool permits_its_work(int socket)
{
	char byte = 0;

	return send(socket, "x", 1, 0) == 1 && recv(socket, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN &&
	       mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool holds(bool (*condition)(int socket))
{
	int ends[2], status;
	pid_t child;

	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	fflush(stdout);
	child = fork();
	/* Without _exit(), at which AddressSanitizer calls what is refused. */
	if (!child)
		syscall(SYS_exit_group, confine_calls() || !condition(ends[1]));
	waitpid(child, &status, 0);
	close(ends[0]);
	close(ends[1]);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

int main(void)
{
	tap_start();
	check(holds(refuses_others));
	tap_test("files, other processes, networks and programs are refused, and signals by a socket's owner as well");
	check(holds(permits_its_work));
	tap_test("its own socket and memory are left");
	return tap_end();
}
