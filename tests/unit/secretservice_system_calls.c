// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The filter of system calls of the Secret Service, in a process of its own: which calls are refused, how, and that none ends it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keybag.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/userservice/system_calls.h"
#include "tests/unit/lib/tap.h"

#define UNKNOWN_CALL	511
#define FILTERED	2	/* what the status of a process says of it */

/* In a child, whose standard output is the test's. */
static bool expect(const char *what, long result, int wanted)
{
	int error = result < 0 ? errno : 0;

	if (error != wanted)
		dprintf(STDOUT_FILENO, "# %s: %s, not %s\n", what, strerrordesc_np(error), strerrordesc_np(wanted));
	return error == wanted;
}

static bool refuses_what_is_not_needed(void)
{
	static char *const nothing[] = { NULL };
	static const struct rlimit limit = { 0, 0 };
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	bool good = expect("execve", syscall(SYS_execve, "/bin/true", nothing, nothing), EPERM);

	good &= expect("clone", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EPERM);
	good &= expect("clone of memory", syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0), EPERM);
	good &= expect("clone3", syscall(SYS_clone3, NULL, 0), ENOSYS);
	good &= expect("unshare", syscall(SYS_unshare, CLONE_NEWUSER), EPERM);
	good &= expect("socket of the Internet", syscall(SYS_socket, AF_INET, SOCK_STREAM, 0), EPERM);
	good &= expect("socket of packets", syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0), EPERM);
	good &= expect("ptrace", syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0), EPERM);
	good &= expect("process_vm_readv", syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0), EPERM);
	good &= expect("prctl", syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0), EPERM);
	good &= expect("a limit", syscall(SYS_prlimit64, 0, RLIMIT_CORE, &limit, NULL), EPERM);
	good &= expect("a limit of another", syscall(SYS_prlimit64, getppid(), RLIMIT_CORE, NULL, NULL), EPERM);
	good &= expect("kill", syscall(SYS_kill, getppid(), 0), EPERM);
	good &= expect("tgkill", syscall(SYS_tgkill, getppid(), getppid(), 0), EPERM);
	good &= expect("unlinkat", syscall(SYS_unlinkat, AT_FDCWD, "none", 0), EPERM);
	good &= expect("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0), EPERM);
	good &= expect("bpf", syscall(SYS_bpf, 0, NULL, 0), EPERM);
	good &= expect("io_uring_setup", syscall(SYS_io_uring_setup, 1, NULL), EPERM);
	good &= expect("a signal to another", syscall(SYS_pidfd_send_signal, self, SIGTERM, NULL, 0), EPERM);
	good &= expect("memory that is written and executed",
		       syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EPERM);
	return good & expect("memory that was written and is executed", syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC), EPERM);
}

static bool leaves_what_is_needed(void)
{
	struct pollfd none = { .fd = -1 };
	int memory = memfd_create("test", MFD_CLOEXEC), pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	bool good = expect("memfd_create", memory, 0);

	good &= expect("ftruncate", ftruncate(memory, 4096), 0);
	good &= mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0) != MAP_FAILED;
	good &= expect("socket of the machine", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), 0);
	good &= expect("poll", poll(&none, 1, 0), 0);
	good &= expect("pidfd_open", pidfd, 0);
	good &= expect("pidfd_send_signal of none", syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0), 0);
	good &= expect("open", open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
	/* As this one is of no kernel: a library tries another way. */
	return good & expect("a call that nobody knows", syscall(UNKNOWN_CALL), ENOSYS);
}

/* The kernel says EBADF, where it is asked. */
static bool answers_ioctls(void)
{
	bool good = expect("ioctl of a terminal", ioctl(-1, TIOCSTI, "x"), ENOTTY);

	for (unsigned int type = 0; type <= UINT8_MAX; type++)
		good &= expect("ioctl", ioctl(-1, _IOW(type, 1, int), NULL), type == KEYBAG_IOC_MAGIC ? EBADF : ENOTTY);
	return good;
}

/* Whether @passes is true of a process that is restricted. */
static bool passes_restricted(bool (*passes)(void))
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		system_calls_restrict(NULL);
		_exit(!passes());
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool is_filtered(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	int mode = 0;

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "Seccomp: %d", &mode);
	return mode == FILTERED;
}

/* The kernel answers so, where it is asked for a filter. */
static bool refuse_filters(int error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	return !seccomp_rule_add(filter, SCMP_ACT_ERRNO(error), SCMP_SYS(seccomp), 1, SCMP_A0(SCMP_CMP_EQ, SECCOMP_SET_MODE_FILTER)) &&
	       !seccomp_rule_add(filter, SCMP_ACT_ERRNO(error), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)) &&
	       !seccomp_load(filter);
}

/* Whether @words are what the process says where the kernel answers with @error. */
static bool says(int error, const char *words)
{
	char said[512] = "";
	int ends[2], status;
	ssize_t length;
	pid_t child;

	if (pipe(ends) < 0)
		return false;
	child = fork();
	if (!child) {
		dup2(ends[1], STDERR_FILENO);
		if (refuse_filters(error))
			system_calls_restrict(NULL);
		_exit(0);
	}
	close(ends[1]);
	length = child < 0 ? -1 : read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	if (child > 0)
		waitpid(child, &status, 0);
	if (length <= 0 || !strstr(said, words))
		printf("# said: %s\n", said);
	return length > 0 && strstr(said, words);
}

int main(void)
{
	tap_start();
	check(passes_restricted(is_filtered));
	tap_test("the process has a filter");
	check(passes_restricted(refuses_what_is_not_needed));
	tap_test("what is not needed is refused");
	check(passes_restricted(leaves_what_is_needed));
	tap_test("what is needed works, and what nobody knows is not there");
	check(passes_restricted(answers_ioctls));
	tap_test("ioctls are those of the keybag, and others are none of the file");
	check(says(EINVAL, "this kernel has no filters"));
	check(says(EACCES, strerrordesc_np(EACCES)));
	tap_test("where the kernel refuses the filter, its error is told");
	return tap_end();
}
