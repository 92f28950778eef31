// SPDX-License-Identifier: GPL-2.0-or-later
#include "system_calls.h"

#include <errno.h>
#include <linux/keybag.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"

/* No call has a number above it. */
#define NUMBERS		512
/* A thread as libraries start it: nothing that a process or a namespace is made by. */
#define THREAD		(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | \
			 CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)
/* The bits of an ioctl(2) that say whose it is. */
#define IOCTL_TYPE	0xff00

/* Each by its name: an architecture lacks some, and a libseccomp others, which are left out. */
static const char *const allowed[] = {
	/* memory; mmap and mprotect are below */
	"brk", "munmap", "mremap", "madvise", "mlock", "mlock2", "munlock", "memfd_create",
	/* files */
	"openat", "open", "close", "close_range", "read", "write", "pread64", "pwrite64", "readv", "writev", "lseek", "fstat", "newfstatat",
	"stat", "lstat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "statfs", "fstatfs",
	"fcntl", "dup", "dup3", "ftruncate", "fallocate", "getcwd", "name_to_handle_at",
	/* waiting */
	"epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6", "eventfd2",
	"timerfd_create", "timerfd_settime", "timerfd_gettime", "signalfd4", "pipe2", "inotify_init1", "inotify_add_watch",
	"inotify_rm_watch", "futex", "nanosleep", "clock_nanosleep", "restart_syscall", "sched_yield",
	/* sockets, which socket below makes */
	"connect", "bind", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "getsockname", "getpeername",
	"getsockopt", "setsockopt", "shutdown",
	/* the clock, signals, and what it is itself */
	"clock_gettime", "clock_getres", "gettimeofday", "time", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait",
	"sigaltstack", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getgroups", "getresuid", "getresgid",
	"getrlimit", "getrandom", "getcpu", "uname", "sysinfo", "sched_getaffinity", "set_robust_list", "rseq", "exit",
	"exit_group",
	/* threads that close (helper/daemon/closer.h), which clone and unshare below make */
	"timer_create", "timer_settime", "timer_delete",
	/* the processes that it serves; pidfd_send_signal is below */
	"pidfd_open",
	NULL,
};

static int permit(scmp_filter_ctx filter, const char *name, unsigned int conditions, const struct scmp_arg_cmp *arguments)
{
	int number = seccomp_syscall_resolve_name(name);

	return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, conditions, arguments);
}

/* Calls that are needed with some arguments alone. */
static int permit_some(scmp_filter_ctx filter)
{
	static const struct scmp_arg_cmp local[] = { SCMP_A0_64(SCMP_CMP_EQ, AF_UNIX) },
		of_keybag[] = { SCMP_A1_64(SCMP_CMP_MASKED_EQ, IOCTL_TYPE, (scmp_datum_t)KEYBAG_IOC_MAGIC << 8) },
		/* The kernel looks at no more of an int. A signal of 0 asks whether a process is there. */
		no_signal[] = { SCMP_A1_64(SCMP_CMP_MASKED_EQ, UINT32_MAX, 0) },
		not_executed[] = { SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
		threads[] = { SCMP_A0_64(SCMP_CMP_EQ, THREAD) },
		own_descriptors[] = { SCMP_A0_64(SCMP_CMP_EQ, CLONE_FILES) },
		/* Libraries that are loaded later. */
		not_written[] = { SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_EXEC) };
	/* A limit is looked at, not set; a signal that ends this process is its own. */
	const struct scmp_arg_cmp own_limit[] = { SCMP_A0_64(SCMP_CMP_EQ, 0), SCMP_A2_64(SCMP_CMP_EQ, 0) },
		own_thread[] = { SCMP_A0_64(SCMP_CMP_EQ, (scmp_datum_t)getpid()) };
	int result = permit(filter, "socket", 1, local);

	if (!result)
		result = permit(filter, "ioctl", 1, of_keybag);
	if (!result)
		result = permit(filter, "pidfd_send_signal", 1, no_signal);
	if (!result)
		result = permit(filter, "mmap", 1, not_executed);
	if (!result)
		result = permit(filter, "mmap", 1, not_written);
	if (!result)
		result = permit(filter, "mprotect", 1, not_executed);
	if (!result)
		result = permit(filter, "prlimit64", 2, own_limit);
	if (!result)
		result = permit(filter, "clone", 1, threads);
	if (!result)
		result = permit(filter, "unshare", 1, own_descriptors);
	return result ? result : permit(filter, "tgkill", 1, own_thread);
}

/*
 * Other ioctls, as of a descriptor that has none of them: libraries try some on whatever they are given, and know that answer alone.
 * They differ from those of the keybag in one bit at least of whose they are.
 */
static int answer_other_ioctls(scmp_filter_ctx filter)
{
	const scmp_datum_t keybag = (scmp_datum_t)KEYBAG_IOC_MAGIC << 8;
	int result = 0;

	for (scmp_datum_t bit = 1; !result && bit <= IOCTL_TYPE; bit <<= 1) {
		if (bit & IOCTL_TYPE)
			result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1,
						  SCMP_A1_64(SCMP_CMP_MASKED_EQ, bit, ~keybag & bit));
	}
	return result;
}

/*
 * Calls that are newer than libseccomp; and clone3, whose arguments no filter sees: libraries take clone where it is not there.
 */
static int leave_unknown(scmp_filter_ctx filter)
{
	int result = seccomp_syscall_resolve_name("clone3") == __NR_SCMP_ERROR ? 0 :
		     seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	for (int number = 0; !result && number < NUMBERS; number++) {
		CLEANUP_FREE char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

		if (!name)
			result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0);
	}
	return result;
}

static void release(scmp_filter_ctx *filter)
{
	seccomp_release(*filter);
}

static int permit_all(scmp_filter_ctx filter, const char *const *names)
{
	int result = 0;

	for (; !result && *names; names++)
		result = permit(filter, *names, 0, NULL);
	return result;
}

/* Returns 0 or a negative errno. */
static int load(const char *const *more)
{
	CLEANUP(release) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result = filter ? seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)) : -ENOMEM;

	/* Without it all that the kernel says is -ECANCELED. */
	if (!result)
		result = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	/* A tree of numbers, which is not searched from one end to the other. */
	if (!result)
		result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!result)
		result = permit_some(filter);
	if (!result)
		result = answer_other_ioctls(filter);
	if (!result)
		result = permit_all(filter, allowed);
	if (!result && more)
		result = permit_all(filter, more);
	if (!result)
		result = leave_unknown(filter);
	return result ? result : seccomp_load(filter);
}

void system_calls_restrict(const char *const *more)
{
	/* Others have calls of their own for files and times, which are not in the list. */
	bool listed = sizeof(long) == sizeof(int64_t);
	int result = listed ? load(more) : 0;

	if (!listed)
		log_notice("system calls are not restricted on a machine of 32 bits: Landlock and the account alone confine this program");
	else if (result == -ENOSYS || result == -EINVAL)
		log_notice("this kernel has no filters of system calls: Landlock and the account alone confine this program");
	else if (result < 0)
		log_warning("system calls cannot be restricted: %s", strerrordesc_np(-result));
}
