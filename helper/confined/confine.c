// SPDX-License-Identifier: GPL-2.0-or-later
#include "confine.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>

#include "helper/common/cleanup.h"

/* No fcntl(): F_SETOWN and F_SETSIG end other processes of the user; and no call that takes a path. */
static const char *const allowed[] = {
	"brk", "munmap", "mremap", "madvise", "mlock", "mlock2", "munlock", "read", "pread64", "write", "writev", "lseek", "_llseek",
	"close", "sendto", "recvfrom", "send", "recv", "poll", "ppoll", "futex",
	"getrandom", "clock_gettime", "gettimeofday", "getpid", "gettid", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
	"restart_syscall", "sched_yield", "exit", "exit_group", NULL,
};

static void release(scmp_filter_ctx *filter)
{
	seccomp_release(*filter);
}

/* A call that this architecture or libseccomp does not have is left out. */
static int permit(scmp_filter_ctx filter, const char *name, unsigned int count, const struct scmp_arg_cmp *arguments)
{
	int number = seccomp_syscall_resolve_name(name);

	return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, count, arguments);
}

int confine_calls(void)
{
	static const struct scmp_arg_cmp not_executed[] = { SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) };
	static const char *const with_memory[] = { "mmap", "mmap2", "mprotect" };
	CLEANUP(release) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result = filter ? seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1) : -ENOMEM;

	for (size_t i = 0; !result && i < sizeof(with_memory) / sizeof(with_memory[0]); i++)
		result = permit(filter, with_memory[i], 1, not_executed);
	for (const char *const *name = allowed; !result && *name; name++)
		result = permit(filter, *name, 0, NULL);
	if (!result)
		result = seccomp_load(filter);
	return result;
}
