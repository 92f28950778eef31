// SPDX-License-Identifier: GPL-2.0-only
/* vm: every-kernel fresh */
/*
 * Unloading the module: refused while a descriptor, a handle or an operation needs it, without
 * harm; then done, and what it knew is gone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bag.h"
#include "daemon.h"
#include "data.h"
#include "handle.h"
#include "harness.h"
#include "modules.h"
#include "stall.h"

#define MODULE	"keybag"

/* Without descriptors of its own: each would keep the module. */
static int run(const char *program)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/sh", "sh", "-c", program, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

/* The daemon keeps a descriptor: it rests while nothing of a user's is loaded. */
static bool stop_daemon(void)
{
	int tries = PATIENCE_MS / 50;

	daemon_stop();
	while (module_users(MODULE) && tries--)
		usleep(50000);
	return !module_users(MODULE);
}

/* Writes @setting; returns what it was. With '1' the type is gone before the collector has let go of its keys. */
static char expedite_rcu(char setting)
{
	int fd = open("/sys/kernel/rcu_expedited", O_RDWR | O_CLOEXEC);
	char before = '0';

	if (fd < 0)
		return before;
	if (read(fd, &before, 1) != 1 || pwrite(fd, &setting, 1, 0) < 0)
		perror("rcu_expedited");
	close(fd);
	return before;
}

FIXTURE(module)
{
	struct bag bag;
	__u8 device_key[KEYBAG_DEVICE_KEY_SIZE];
	bool stopped;
	/* The former content of /sys/kernel/rcu_expedited, if a test has set it. */
	char rcu_expedited;
};

FIXTURE_SETUP(module)
{
	int device = device_open(), foreign = foreign_bags(device);
	struct keybag_follow follow = {};

	close(device);
	module_allow_unload(MODULE);
	if (foreign)
		SKIP_IN_SETUP("this machine's own bags are loaded");
	self->stopped = daemon_runs();
	if (self->stopped ? !stop_daemon() : module_users(MODULE)) {
		if (self->stopped)
			daemon_start();
		SKIP_IN_SETUP("the module is in use by another program");
	}
	/* Nobody waits for it meanwhile. */
	device = device_open();
	command(device, KEYBAG_IOC_FOLLOW, &follow);
	follow.flags = KEYBAG_FOLLOW_END;
	ASSERT_EQ(0, command(device, KEYBAG_IOC_FOLLOW, &follow));
	close(device);
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	/* The machine's own, where it has one. */
	ASSERT_EQ(0, device_key(self->bag.device, self->device_key));
}

FIXTURE_TEARDOWN(module)
{
	/* However it ended, the module is there afterwards. */
	if (access(KEYBAG_DEVICE, F_OK))
		run("exec modprobe " MODULE);
	if (self->rcu_expedited)
		expedite_rcu(self->rcu_expedited);
	bag_finish(&self->bag);
	if (self->stopped)
		daemon_start();
}

static bool refused(void)
{
	const int result = module_unload(MODULE);

	return result == -EWOULDBLOCK || result == -EBUSY;
}

/* Keys are collected in the background. */
static int unload_soon(void)
{
	int tries = PATIENCE_MS / 50, result;

	do {
		result = module_unload(MODULE);
		if (!result)
			return 0;
		usleep(50000);
	} while (tries--);
	return result;
}

TEST_F(module, descriptors)
{
	struct keybag_clone clone = { .flags = KEYBAG_CLONE_ONCE };
	int fd = bag_bind(&self->bag), cloned;

	ASSERT_LE(0, fd);
	cloned = command(fd, KEYBAG_IOC_CLONE, &clone);
	ASSERT_LE(0, cloned);
	EXPECT_TRUE(refused());
	close(self->bag.device);
	EXPECT_TRUE(refused());
	close(fd);
	EXPECT_TRUE(refused());
	close(cloned);
	/* With a bag loaded and unlocked: nobody holds it. */
	EXPECT_EQ(0, module_unload(MODULE));
	EXPECT_NE(0, access(KEYBAG_DEVICE, F_OK));
	ASSERT_EQ(0, run("exec modprobe " MODULE));
	self->bag.device = device_open();
	ASSERT_LE(0, self->bag.device);
	/* All is forgotten: keys, bags, floors. */
	EXPECT_EQ(-ENODEV, bag_load(&self->bag));
	ASSERT_EQ(0, device_key_set(self->bag.device, self->device_key));
	EXPECT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(0, bag_unlock(&self->bag));
}

TEST_F(module, handles)
{
	int ring, serial;

	ring = handle_add("keyring", "keybag-selftest", NULL, KEY_SPEC_PROCESS_KEYRING);
	ASSERT_LT(0, ring);
	serial = handle_for(&self->bag);
	ASSERT_LT(0, serial);
	ASSERT_EQ(0, handle_keyctl(KEYCTL_LINK, serial, ring, 0, 0));
	ASSERT_EQ(0, bag_unload(&self->bag));
	close(self->bag.device);
	self->bag.device = -1;
	EXPECT_TRUE(refused());
	ASSERT_EQ(0, handle_keyctl(KEYCTL_CLEAR, ring, 0, 0, 0));
	EXPECT_TRUE(refused());
	ASSERT_EQ(0, handle_keyctl(KEYCTL_CLEAR, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0));
	EXPECT_EQ(0, unload_soon());
	ASSERT_EQ(0, run("exec modprobe " MODULE));
	self->bag.device = device_open();
}

/*
 * Keys that came to nothing: nobody's, so they keep no module, but in a keyring they are there when
 * it goes.
 */
TEST_F(module, keys_without_a_bag)
{
	static const char payload[] = "attach 00000000-0000-4000-8000-000000000000";
	__s32 keys[4];
	unsigned int round;
	int ring;

	ASSERT_EQ(0, bag_unload(&self->bag));
	close(self->bag.device);
	self->bag.device = -1;
	ring = handle_add("keyring", "keybag-selftest", NULL, KEY_SPEC_PROCESS_KEYRING);
	ASSERT_LT(0, ring);
	self->rcu_expedited = expedite_rcu('1');
	for (round = 0; round < 6; round++) {
		/* Refused: negative. The second one is in no keyring any more. */
		EXPECT_GT(0, syscall(SYS_request_key, KEYBAG_KEY_TYPE, "user:0", "x",
				     KEY_SPEC_PROCESS_KEYRING));
		EXPECT_EQ(0, handle_keyctl(KEYCTL_CLEAR, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0));
		ring = handle_add("keyring", "keybag-selftest", NULL, KEY_SPEC_PROCESS_KEYRING);
		ASSERT_LT(0, ring);
		EXPECT_GT(0, syscall(SYS_request_key, KEYBAG_KEY_TYPE, "user:0", "x", ring));
		EXPECT_EQ(sizeof(keys[0]), handle_keyctl(KEYCTL_READ, ring, (uintptr_t)keys,
							 sizeof(keys), 0));
		/* Expired by now, and dead with the type, but in the keyring from round to round. */
		EXPECT_GT(0, syscall(SYS_request_key, KEYBAG_KEY_TYPE, "system", "x",
				     KEY_SPEC_SESSION_KEYRING));
		/* Never instantiated. */
		EXPECT_EQ(-ENOENT, handle_add(KEYBAG_KEY_TYPE, "user:0", payload, ring));
		EXPECT_EQ(0, unload_soon());
		ASSERT_EQ(0, run("exec modprobe " MODULE));
		EXPECT_EQ(0, module_users(MODULE));
	}
	self->bag.device = device_open();
	ASSERT_LE(0, self->bag.device);
}

struct operation {
	struct stall stall;
	int fd;
	__u8 blob[4 + KEYBAG_BLOB_OVERHEAD];
	int result;
};

static void *unwrap(void *argument)
{
	struct operation *operation = argument;

	operation->result = data_unwrap(operation->fd, operation->blob, sizeof(operation->blob),
					NO_AAD, operation->stall.pages);
	return NULL;
}

TEST_F(module, operation_in_flight)
{
	struct operation operation = { .fd = bag_bind(&self->bag) };
	pthread_t thread;

	ASSERT_LE(0, operation.fd);
	ASSERT_EQ(4, data_wrap(operation.fd, KEYBAG_CLASS_AK, "stay", 4, NO_AAD, operation.blob) -
		     KEYBAG_BLOB_OVERHEAD);
	if (stall_open(&operation.stall, STALL_USERFAULTFD))
		SKIP(return, "cannot make pages that stall");
	ASSERT_EQ(0, pthread_create(&thread, NULL, unwrap, &operation));
	ASSERT_TRUE(stall_wait(&operation.stall, 5000));
	/* Even when the descriptor itself has been closed. */
	close(self->bag.device);
	close(operation.fd);
	EXPECT_TRUE(refused());
	stall_release(&operation.stall);
	pthread_join(thread, NULL);
	EXPECT_EQ(4, operation.result);
	EXPECT_EQ(0, memcmp(operation.stall.pages, "stay", 4));
	stall_close(&operation.stall);
	EXPECT_EQ(0, unload_soon());
	ASSERT_EQ(0, run("exec modprobe " MODULE));
	self->bag.device = device_open();
}

static bool delete_module_refused(void)
{
	return syscall(SYS_delete_module, MODULE, O_NONBLOCK) == -1 && errno == EWOULDBLOCK;
}

/* A promise until reboot holds until then, or until root says otherwise. */
TEST_F(module, remembers)
{
	ASSERT_EQ(0, bag_unload(&self->bag));
	close(self->bag.device);
	ASSERT_EQ(0, unload_soon());
	ASSERT_EQ(0, run("exec modprobe " MODULE));
	/* With nothing seen yet it goes. */
	EXPECT_EQ(0, syscall(SYS_delete_module, MODULE, O_NONBLOCK));
	ASSERT_EQ(0, run("exec modprobe " MODULE));

	self->bag.device = device_open();
	ASSERT_LE(0, self->bag.device);
	ASSERT_EQ(0, device_key_set(self->bag.device, self->device_key));
	ASSERT_EQ(0, bag_load(&self->bag));
	ASSERT_EQ(0, bag_unload(&self->bag));
	close(self->bag.device);
	self->bag.device = -1;
	EXPECT_TRUE(delete_module_refused());
	EXPECT_EQ(1, module_users(MODULE));
	ASSERT_EQ(0, run("echo 1 >/sys/module/" MODULE "/parameters/removable"));
	EXPECT_EQ(0, module_users(MODULE));
	ASSERT_EQ(0, run("echo 0 >/sys/module/" MODULE "/parameters/removable"));
	EXPECT_TRUE(delete_module_refused());
	EXPECT_EQ(0, unload_soon());
	ASSERT_EQ(0, run("exec modprobe " MODULE));
	self->bag.device = device_open();
}

/* Over and over, with everything that is set up at load. */
TEST_F(module, again_and_again)
{
	unsigned int i;

	for (i = 0; i < 10; i++) {
		close(self->bag.device);
		ASSERT_EQ(0, unload_soon());
		ASSERT_EQ(0, run("exec modprobe " MODULE));
		self->bag.device = device_open();
		ASSERT_LE(0, self->bag.device);
		ASSERT_EQ(0, device_key_set(self->bag.device, self->device_key));
		ASSERT_EQ(0, bag_load(&self->bag));
		ASSERT_EQ(0, bag_unlock(&self->bag));
	}
}

TEST_HARNESS_MAIN
