// SPDX-License-Identifier: GPL-2.0-only
/*
 * Permissions: every command by the owner, by others, without the capability, from a user
 * namespace; and what a descriptor that is passed on can do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"
#include "privilege.h"

static const __u8 secret[32] = "a secret of one user alone .....";

#define BLOB	(sizeof(secret) + KEYBAG_BLOB_OVERHEAD)

FIXTURE(permission)
{
	struct bag bag;		/* of OWNER, unlocked */
	int fd;			/* bound by root */
	int fresh;		/* opened by root, not bound */
	__u8 blob[BLOB];
};

FIXTURE_SETUP(permission)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	self->fresh = device_open();
	ASSERT_LE(0, self->fd);
	ASSERT_LE(0, self->fresh);
	ASSERT_EQ(BLOB,
		  data_wrap(self->fd, KEYBAG_CLASS_AK, secret, sizeof(secret), NO_AAD, self->blob));
}

FIXTURE_TEARDOWN(permission)
{
	close(self->fd);
	close(self->fresh);
	bag_finish(&self->bag);
}

static int version_of(void *version)
{
	return command(device_open(), KEYBAG_IOC_VERSION, version);
}

/* Anybody may ask for the version; what names the machine is not for anybody. */
TEST(version)
{
	struct keybag_version *version =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const __u8 zeros[KEYBAG_DEVICE_KEY_ID_SIZE] = {};
	__u8 key[KEYBAG_DEVICE_KEY_SIZE];
	int fd = device_open();

	ASSERT_NE(MAP_FAILED, version);
	ASSERT_LE(0, fd);
	device_key(fd, key);
	ASSERT_EQ(0, command(fd, KEYBAG_IOC_VERSION, version));
	EXPECT_TRUE(version->flags & KEYBAG_VERSION_DEVICE_KEY);
	EXPECT_NE(0, memcmp(version->device_key_id, zeros, sizeof(zeros)));
	memset(version, 0xff, sizeof(*version));
	EXPECT_EQ(0, run_with(AS_USER, OWNER, version_of, version));
	EXPECT_EQ(KEYBAG_ABI_VERSION, version->abi);
	EXPECT_TRUE(version->flags & KEYBAG_VERSION_DEVICE_KEY);
	EXPECT_EQ(0, memcmp(version->device_key_id, zeros, sizeof(zeros)));
	memset(version, 0xff, sizeof(*version));
	EXPECT_EQ(0, run_with(WITHOUT_SYS_ADMIN, 0, version_of, version));
	EXPECT_EQ(0, memcmp(version->device_key_id, zeros, sizeof(zeros)));
	munmap(version, 4096);
	close(fd);
}

/* -- control -- */

/* Room for the structure of any command: zeros, which none of them gets as far as to look at. */
union argument {
	struct keybag_create create;
	struct keybag_change change;
	struct keybag_status status;
	__u8 bytes[256];
};

static const struct {
	unsigned int request;
	const char *name;
} control_commands[] = {
	{ KEYBAG_IOC_SET_DEVICE_KEY, "SET_DEVICE_KEY" },
	{ KEYBAG_IOC_CREATE, "CREATE" },
	{ KEYBAG_IOC_LOAD, "LOAD" },
	{ KEYBAG_IOC_READ_FORM, "READ_FORM" },
	{ KEYBAG_IOC_READ_PENDING, "READ_PENDING" },
	{ KEYBAG_IOC_READ_RECORD, "READ_RECORD" },
	{ KEYBAG_IOC_RECORD_SAVED, "RECORD_SAVED" },
	{ KEYBAG_IOC_BEGIN_TRY, "BEGIN_TRY" },
	{ KEYBAG_IOC_CANCEL_TRY, "CANCEL_TRY" },
	{ KEYBAG_IOC_UNLOCK, "UNLOCK" },
	{ KEYBAG_IOC_LOCK, "LOCK" },
	{ KEYBAG_IOC_CHANGE, "CHANGE" },
	{ KEYBAG_IOC_COMMIT, "COMMIT" },
	{ KEYBAG_IOC_ABORT, "ABORT" },
	{ KEYBAG_IOC_RECOVER, "RECOVER" },
	{ KEYBAG_IOC_UNLOAD, "UNLOAD" },
	{ KEYBAG_IOC_EVICT, "EVICT" },
	{ KEYBAG_IOC_LIST, "LIST" },
	{ KEYBAG_IOC_FOLLOW, "FOLLOW" },
	{ KEYBAG_IOC_BACKUP_CREATE, "BACKUP_CREATE" },
	{ KEYBAG_IOC_BACKUP_OPEN, "BACKUP_OPEN" },
};

struct control {
	const struct bag *bag;
	int fd;			/* to use; -1: one that is opened */
	unsigned int request;
};

/* Runs one command on the bag. */
static int run_control(void *argument)
{
	const struct control *control = argument;
	union argument with = {};
	int fd = control->fd < 0 ? device_open() : control->fd;

	if (fd < 0)
		return fd;
	/* Most begin with the identifier of the bag. */
	memcpy(with.bytes, control->bag->uuid, KEYBAG_UUID_SIZE);
	return command(fd, control->request, &with);
}

/* STATUS names a bag, or asks for the one that is bound. */
static int status_of_named(void *argument)
{
	struct control *control = argument;

	control->request = KEYBAG_IOC_STATUS;
	return run_control(control);
}

FIXTURE(control)
{
	struct bag bag;
};

FIXTURE_VARIANT(control)
{
	enum privilege opener;
	enum privilege caller;
	__u32 uid;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(control, owner) {
	.opener = AS_USER, .caller = AS_USER, .uid = OWNER,
};

FIXTURE_VARIANT_ADD(control, foreign_user) {
	.opener = AS_USER, .caller = AS_USER, .uid = NOBODY,
};

FIXTURE_VARIANT_ADD(control, root_without_capability) {
	.opener = WITHOUT_SYS_ADMIN, .caller = WITHOUT_SYS_ADMIN,
};

/* A descriptor of root's in the hands of others. */
FIXTURE_VARIANT_ADD(control, user_with_descriptor_of_root) {
	.opener = AS_ROOT, .caller = AS_USER, .uid = OWNER,
};

/* A descriptor of others that they talk root into using. */
FIXTURE_VARIANT_ADD(control, root_with_descriptor_of_user) {
	.opener = AS_USER, .caller = AS_ROOT, .uid = OWNER,
};

FIXTURE_VARIANT_ADD(control, user_namespace) {
	.opener = IN_USER_NAMESPACE, .caller = IN_USER_NAMESPACE, .uid = OWNER,
};

FIXTURE_VARIANT_ADD(control, user_namespace_with_descriptor_of_root) {
	.opener = AS_ROOT, .caller = IN_USER_NAMESPACE, .uid = OWNER,
};
/* clang-format on */

FIXTURE_SETUP(control)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
}

FIXTURE_TEARDOWN(control)
{
	bag_finish(&self->bag);
}

static int open_and_pass(void *argument)
{
	const int fd = device_open();
	struct iovec data = { "", 1 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	if (fd < 0)
		return fd;
	control.header = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(sizeof(int)),
	};
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(*(int *)argument, &message, 0) == 1 ? 0 : -errno;
}

/* A descriptor opened with that privilege. */
static int opened_with(enum privilege privilege, __u32 uid)
{
	char byte;
	struct iovec data = { &byte, 1 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int sockets[2], fd = -EIO, result;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		return -errno;
	result = run_with(privilege, uid, open_and_pass, &sockets[1]);
	close(sockets[1]);
	if (result)
		fd = result;
	else if (recvmsg(sockets[0], &message, MSG_CMSG_CLOEXEC) == 1)
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	close(sockets[0]);
	return fd;
}

TEST_F(control, refused)
{
	struct control control = { .bag = &self->bag, .fd = -1 };
	unsigned int i;
	int result;

	if (variant->opener != variant->caller) {
		control.fd = opened_with(variant->opener, variant->uid);
		ASSERT_LE(0, control.fd);
	}
	for (i = 0; i < ARRAY_SIZE(control_commands); i++) {
		control.request = control_commands[i].request;
		result = run_with(variant->caller, variant->uid, run_control, &control);
		if (result < PRIVILEGE_FAILED / 2)
			SKIP(return, "no user namespaces here");
		EXPECT_EQ(-EPERM, result)
		{
			TH_LOG("%s", control_commands[i].name);
		}
	}
	EXPECT_EQ(-EPERM, run_with(variant->caller, variant->uid, status_of_named, &control));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
}

/* The same calls by root get as far as looking at what they were given. */
TEST_F(permission, control_by_root)
{
	struct control control = { .bag = &self->bag, .fd = -1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(control_commands); i++) {
		control.request = control_commands[i].request;
		if (control.request == KEYBAG_IOC_EVICT || control.request == KEYBAG_IOC_UNLOAD)
			continue;
		EXPECT_NE(-EPERM, run_control(&control))
		{
			TH_LOG("%s", control_commands[i].name);
		}
	}
	EXPECT_EQ(0, status_of_named(&control));
}

/* -- data -- */

TEST_F(permission, unbound)
{
	static const unsigned int requests[] = {
		KEYBAG_IOC_WRAP(sizeof(struct keybag_wrap)),
		KEYBAG_IOC_UNWRAP(sizeof(struct keybag_unwrap) + BLOB),
		KEYBAG_IOC_REWRAP(sizeof(struct keybag_rewrap) + BLOB),
		KEYBAG_IOC_CHILD_CREATE(sizeof(struct keybag_child_create)),
		KEYBAG_IOC_CHILD_OPEN(sizeof(struct keybag_child_open) + CHILD_BLOB),
		KEYBAG_IOC_CHILD_CLOSE, KEYBAG_IOC_OPERATE, KEYBAG_IOC_BATCH, KEYBAG_IOC_RESTRICT,
		KEYBAG_IOC_CLONE, KEYBAG_IOC_STATUS,
	};
	struct keybag_event event;
	__u8 argument[512] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		EXPECT_EQ(-ENOTCONN, command(self->fresh, requests[i], argument));
	}
	EXPECT_EQ(-1, read(self->fresh, &event, sizeof(event)));
	EXPECT_EQ(ENOTCONN, errno);
}

static int unwrap_with(void *argument)
{
	const FIXTURE_DATA(permission) *self = argument;
	__u8 plaintext[sizeof(secret)];
	int result = data_unwrap(self->fd, self->blob, BLOB, NO_AAD, plaintext);

	if (result < 0)
		return result;
	return memcmp(plaintext, secret, sizeof(secret)) ? -EIO : result;
}

/* A descriptor that was passed on keeps its rights, whoever holds it. */
TEST_F(permission, passed_descriptor)
{
	int result;

	EXPECT_EQ(sizeof(secret), run_with(AS_USER, NOBODY, unwrap_with, self));
	EXPECT_EQ(sizeof(secret), run_with(WITHOUT_SYS_ADMIN, 0, unwrap_with, self));
	result = run_with(IN_USER_NAMESPACE, NOBODY, unwrap_with, self);
	if (result >= PRIVILEGE_FAILED / 2) {
		EXPECT_EQ(sizeof(secret), result);
	}
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(-ENOKEY, run_with(AS_USER, NOBODY, unwrap_with, self));
}

static int status_of_bound(void *argument)
{
	const FIXTURE_DATA(permission) *self = argument;
	struct keybag_status status = {};
	int result = command(self->fd, KEYBAG_IOC_STATUS, &status);

	return result ? result : memcmp(status.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
}

TEST_F(permission, status_of_bound)
{
	EXPECT_EQ(0, run_with(AS_USER, OWNER, status_of_bound, self));
	EXPECT_EQ(0, run_with(AS_USER, NOBODY, status_of_bound, self));
}

TEST_F(permission, fork_shares)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(unwrap_with(self) == sizeof(secret) ? 0 : 1);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	/* The end of the child was not the end of the descriptor. */
	EXPECT_EQ(sizeof(secret), unwrap_with(self));
}

/* This program again, after exec(): says whether it can use the descriptor. */
#define EXECUTED	"KEYBAG_SELFTEST_EXECUTED"

static void __attribute__((constructor)) executed(void)
{
	const char *fd = getenv(EXECUTED);
	struct keybag_status status = {};

	if (fd)
		_exit(-command(atoi(fd), KEYBAG_IOC_STATUS, &status));
}

static int execute(int fd)
{
	char number[16];
	int status;
	pid_t pid = fork();

	if (!pid) {
		snprintf(number, sizeof(number), "%d", fd);
		setenv(EXECUTED, number, 1);
		execl("/proc/self/exe", "executed", NULL);
		_exit(99);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return WEXITSTATUS(status);
}

/* Over exec() a descriptor goes only if it is told to. */
TEST_F(permission, exec)
{
	int fd;

	EXPECT_EQ(EBADF, execute(self->fd));
	fd = dup(self->fd);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, execute(fd));
	close(fd);
}

/* A second open of the file is a fresh descriptor, not a copy. */
TEST_F(permission, reopened)
{
	struct keybag_status status = {};
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOTCONN, command(fd, KEYBAG_IOC_STATUS, &status));
	close(fd);
}

/* A read-only descriptor can do the same: rights are not the file mode. */
TEST_F(permission, read_only_descriptor)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_UUID };
	struct keybag_status status = {};
	int fd = open(KEYBAG_DEVICE, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	memcpy(bind.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	EXPECT_EQ(0, command(fd, KEYBAG_IOC_BIND, &bind));
	EXPECT_EQ(0, command(fd, KEYBAG_IOC_STATUS, &status));
	EXPECT_EQ(-1, write(fd, &status, sizeof(status)));
	close(fd);
}

TEST_HARNESS_MAIN
