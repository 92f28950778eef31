// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int drop_capability(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_data_struct *slot = &data[CAP_TO_INDEX(capability)];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	slot->effective &= ~CAP_TO_MASK(capability);
	slot->permitted &= ~CAP_TO_MASK(capability);
	slot->inheritable &= ~CAP_TO_MASK(capability);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static int drop_all_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static int become(uid_t real, uid_t effective)
{
	if (setgroups(0, NULL) || setresgid(effective, effective, effective) ||
	    setresuid(real, effective, effective))
		return -errno;
	return drop_all_capabilities();
}

static int write_map(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), result = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, line, strlen(line)) < 0)
		result = -errno;
	close(fd);
	return result;
}

/* The mapping a user can make for himself: he is root inside, himself outside. */
static int enter_user_namespace(uid_t uid)
{
	char line[64];
	int result = become(uid, uid);

	if (result)
		return result;
	/* setresuid() made the files in /proc/self root's. */
	if (prctl(PR_SET_DUMPABLE, 1))
		return -errno;
	if (unshare(CLONE_NEWUSER))
		return -errno;
	snprintf(line, sizeof(line), "0 %u 1", uid);
	return write_map("/proc/self/uid_map", line);
}

int privilege_drop(enum privilege privilege, __u32 uid)
{
	switch (privilege) {
	case AS_ROOT:
		return 0;
	case WITHOUT_SYS_ADMIN:
		return drop_capability(CAP_SYS_ADMIN);
	case AS_USER:
		return become(uid, uid);
	case WITH_EFFECTIVE_UID:
		return become(0, uid);
	case WITH_REAL_UID:
		return become(uid, 65534);
	case IN_USER_NAMESPACE:
		return enter_user_namespace(uid);
	}
	return -EINVAL;
}

int run_with(enum privilege privilege, __u32 uid, int (*function)(void *argument), void *argument)
{
	int *shared, result, status;
	pid_t pid;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return PRIVILEGE_FAILED - errno;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		result = privilege_drop(privilege, uid);
		*shared = result ? PRIVILEGE_FAILED + result : function(argument);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		result = -ECHILD;
	else
		result = *shared;
	munmap(shared, sizeof(*shared));
	return result;
}
