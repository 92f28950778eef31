// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "stall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_NODE	2
#define FUSE_MINOR	31
#define REQUEST_MAX	(FUSE_MIN_READ_BUFFER + 4096)
/* CUSE and FUSE have had this number since 2.6. */
#define FUSE_DEVICE	makedev(10, 229)

/* Between the test and the file server. */
struct stall_shared {
	atomic_bool waiting;	/* a READ came and was not answered */
	atomic_bool released;
};

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static void sleep_a_millisecond(void)
{
	usleep(1000);
}

/* -- userfaultfd -- */

static int open_userfaultfd(struct stall *stall)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	/* Without UFFD_USER_MODE_ONLY: it is the kernel that shall wait. */
	stall->fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (stall->fd < 0)
		return -errno;
	stall->pages = mmap(NULL, stall->length, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)stall->pages;
	range.range.len = stall->length;
	if (stall->pages == MAP_FAILED || ioctl(stall->fd, UFFDIO_API, &api) ||
	    ioctl(stall->fd, UFFDIO_REGISTER, &range))
		return -errno;
	return 0;
}

static void release_userfaultfd(struct stall *stall)
{
	struct uffdio_range range = { .start = (uintptr_t)stall->pages, .len = stall->length };

	/* Wakes who waits, and lets everybody have ordinary pages. */
	ioctl(stall->fd, UFFDIO_UNREGISTER, &range);
}

/* -- FUSE: the server -- */

static void reply(int fuse, __u64 unique, int error, const void *body, size_t length)
{
	struct {
		struct fuse_out_header header;
		__u8 body[4 * 4096];
	} out;

	out.header.len = (__u32)(sizeof(out.header) + length);
	out.header.error = error;
	out.header.unique = unique;
	if (length)
		memcpy(out.body, body, length);
	if (write(fuse, &out, out.header.len) < 0)
		return;	/* who asked has gone */
}

static struct fuse_attr attributes(__u64 node)
{
	return (struct fuse_attr){
		.ino = node,
		.mode = node == FILE_NODE ? S_IFREG | 0666 : S_IFDIR | 0755,
		.size = node == FILE_NODE ? STALL_PAGES * page_size() : 0,
		.nlink = 1,
	};
}

static void answer(int fuse, struct stall_shared *shared, const struct fuse_in_header *in)
{
	static const __u8 zeros[4 * 4096];
	const void *body = in + 1;

	switch (in->opcode) {
	case FUSE_INIT: {
		const struct fuse_init_out out = {
			.major = FUSE_KERNEL_VERSION, .minor = FUSE_MINOR, .max_write = 4096,
		};

		reply(fuse, in->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_LOOKUP: {
		const struct fuse_entry_out out = {
			.nodeid = FILE_NODE, .entry_valid = 1000, .attr_valid = 1000,
			.attr = attributes(FILE_NODE),
		};

		reply(fuse, in->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_GETATTR: {
		const struct fuse_attr_out out = {
			.attr_valid = 1000, .attr = attributes(in->nodeid),
		};

		reply(fuse, in->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_OPEN: {
		const struct fuse_open_out out = {};

		reply(fuse, in->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_READ: {
		const struct fuse_read_in *read_in = body;

		atomic_store(&shared->waiting, true);
		while (!atomic_load(&shared->released))
			sleep_a_millisecond();
		reply(fuse, in->unique, 0, zeros,
		      read_in->size < sizeof(zeros) ? read_in->size : sizeof(zeros));
		break;
	}
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		reply(fuse, in->unique, 0, NULL, 0);
		break;
	default:
		reply(fuse, in->unique, -ENOSYS, NULL, 0);
	}
}

static void serve(int fuse, struct stall_shared *shared)
{
	_Alignas(struct fuse_in_header) char request[REQUEST_MAX];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fuse, request, sizeof(request)) > 0 || errno == EINTR)
		answer(fuse, shared, (void *)request);
	_exit(0);
}

/* -- FUSE: the file -- */

/* Opening a node loads the module, but there may be no node yet. */
static int open_fuse_device(const char *folder)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/device", folder);
	if (mknod(path, S_IFCHR | 0600, FUSE_DEVICE))
		return -errno;
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* In a mount namespace of its own, which ends with the test; @folder becomes a tmpfs. */
static int mount_fuse(const char *folder, const char *mount_point)
{
	char options[64];
	int fuse;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("stall", folder, "tmpfs", 0, NULL) || mkdir(mount_point, 0700))
		return -errno;
	fuse = open_fuse_device(folder);
	if (fuse < 0)
		return fuse;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
	if (mount("stall", mount_point, "fuse", MS_NOSUID | MS_NODEV, options)) {
		close(fuse);
		return -errno;
	}
	return fuse;
}

static int open_fuse(struct stall *stall)
{
	char folder[] = "/tmp/keybag-stall-XXXXXX", mount_point[64], path[80];
	int fuse, result = 0;

	stall->shared = mmap(NULL, sizeof(*stall->shared), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stall->shared == MAP_FAILED || !mkdtemp(folder))
		return -errno;
	snprintf(mount_point, sizeof(mount_point), "%s/mount", folder);
	fuse = mount_fuse(folder, mount_point);
	if (fuse < 0) {
		result = fuse;
		goto out;
	}
	fflush(NULL);
	stall->server = fork();
	if (!stall->server)
		serve(fuse, stall->shared);
	close(fuse);

	snprintf(path, sizeof(path), "%s/pages", mount_point);
	stall->fd = open(path, O_RDWR | O_CLOEXEC);
	if (stall->fd >= 0)
		stall->pages = mmap(NULL, stall->length, PROT_READ | PROT_WRITE, MAP_PRIVATE,
				    stall->fd, 0);
	if (stall->fd < 0 || stall->pages == MAP_FAILED)
		result = -errno;
	umount2(mount_point, MNT_DETACH);
out:
	umount2(folder, MNT_DETACH);
	rmdir(folder);
	return result;
}

int stall_open(struct stall *stall, enum stall_backing backing)
{
	*stall = (struct stall){
		.backing = backing,
		.pages = MAP_FAILED,
		.length = STALL_PAGES * page_size(),
		.fd = -1,
	};
	return backing == STALL_FUSE ? open_fuse(stall) : open_userfaultfd(stall);
}

bool stall_wait(struct stall *stall, int milliseconds)
{
	struct pollfd poll_for = { .fd = stall->fd, .events = POLLIN };

	if (stall->backing == STALL_USERFAULTFD)
		return poll(&poll_for, 1, milliseconds) == 1;
	while (!atomic_load(&stall->shared->waiting) && milliseconds-- > 0)
		sleep_a_millisecond();
	return atomic_load(&stall->shared->waiting);
}

void stall_release(struct stall *stall)
{
	if (stall->backing == STALL_FUSE)
		atomic_store(&stall->shared->released, true);
	else
		release_userfaultfd(stall);
}

void stall_close(struct stall *stall)
{
	if (stall->backing == STALL_FUSE && stall->shared)
		atomic_store(&stall->shared->released, true);
	if (stall->pages != MAP_FAILED)
		munmap(stall->pages, stall->length);
	if (stall->fd >= 0)
		close(stall->fd);
	if (stall->server > 0) {
		kill(stall->server, SIGKILL);
		waitpid(stall->server, NULL, 0);
	}
}
