// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suspend and hibernation, as far as a machine that goes on can show: the kernel's own test of
 * suspending freezes everything and thaws it again; opening /dev/snapshot is what a program does
 * that is about to write the hibernation image.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "format.h"
#include "harness.h"

#define PM_TEST		"/sys/power/pm_test"
#define PM_STATE	"/sys/power/state"
#define PM_DELAY	"/sys/module/suspend/parameters/pm_test_delay"
#define SNAPSHOT	"/dev/snapshot"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), result;

	if (fd < 0)
		return -errno;
	result = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return result;
}

FIXTURE(power)
{
	struct bag bag;			/* unlocked */
	struct bag open;		/* without passcode */
	int fd, open_fd;
	__u8 blob[1 + KEYBAG_BLOB_OVERHEAD];
	__u8 device_key[KEYBAG_DEVICE_KEY_SIZE];
};

FIXTURE_SETUP(power)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	if (foreign_bags(self->bag.device))
		SKIP_IN_SETUP("this machine's own bags are loaded");
	if (device_key(self->bag.device, self->device_key))
		SKIP_IN_SETUP("the device key is not known to the test");
	ASSERT_EQ(0, bag_init(&self->open));
	self->open.owner = OTHER_OWNER;
	self->open.secret = secret_new(KEYBAG_PROTECTOR_NONE);
	ASSERT_EQ(0, bag_create(&self->open));
	ASSERT_EQ(0, bag_load(&self->open));
	self->fd = bag_bind(&self->bag);
	self->open_fd = bag_bind(&self->open);
	ASSERT_LE(0, self->fd);
	ASSERT_LE(0, self->open_fd);
	ASSERT_EQ(sizeof(self->blob),
		  data_wrap(self->fd, KEYBAG_CLASS_AK, "x", 1, NO_AAD, self->blob));
}

FIXTURE_TEARDOWN(power)
{
	/* Eviction took the device key. */
	device_key_set(self->bag.device, self->device_key);
	close(self->fd);
	close(self->open_fd);
	bag_finish(&self->bag);
	bag_finish(&self->open);
}

/* Suspends up to the point where processes are frozen, and back. */
static int suspend(void)
{
	int result = write_file(PM_TEST, "freezer");

	write_file(PM_DELAY, "1");
	if (!result)
		result = write_file(PM_STATE, "freeze");
	write_file(PM_TEST, "none");
	return result;
}

static __u32 version_flags(int fd)
{
	struct keybag_version version = {};

	return command(fd, KEYBAG_IOC_VERSION, &version) ? ~0U : version.flags;
}

TEST_F(power, suspend)
{
	const struct secret wrong = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	struct bag mistaken = self->bag;
	struct keybag_status status;
	struct keybag_event event;
	__u8 byte;

	mistaken.secret = wrong;
	EXPECT_EQ(-EKEYREJECTED, bag_unlock(&mistaken));
	EXPECT_EQ(-EKEYREJECTED, bag_unlock(&mistaken));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(1, status.failures);
	ASSERT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
	if (suspend())
		SKIP(return, "this kernel cannot test suspending");

	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, status.state);
	EXPECT_EQ(KEYBAG_REASON_SUSPEND, status.reason);
	EXPECT_EQ(ALWAYS_CLASSES | AFTER_FIRST_CLASSES, status.classes_available);
	EXPECT_EQ(-ENOKEY, data_unwrap(self->fd, self->blob, sizeof(self->blob), NO_AAD, &byte));
	ASSERT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, event.state);
	EXPECT_EQ(KEYBAG_REASON_SUSPEND, event.reason);
	/* A bag that cannot lock is passed over. */
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->open));
	/* Resumed. */
	EXPECT_FALSE(version_flags(self->fd) & KEYBAG_VERSION_SUSPENDING);
	/* The wrong secret was not remembered while the machine slept, and counts again. */
	EXPECT_EQ(-EKEYREJECTED, bag_unlock(&mistaken));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(2, status.failures);
	EXPECT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(1, data_unwrap(self->fd, self->blob, sizeof(self->blob), NO_AAD, &byte));
}

/* A bag that was locked anyway stays as it is. */
TEST_F(power, suspend_before_first_unlock)
{
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	if (suspend())
		SKIP(return, "this kernel cannot test suspending");
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(&self->bag));
}

/* Somebody who keeps unlocking, all through the suspend. */
struct insistent {
	struct bag bag;
	atomic_bool stop;
	unsigned long unlocked, refused;
	int unexpected;
};

static void *insist(void *argument)
{
	struct insistent *insistent = argument;
	int result;

	while (!atomic_load(&insistent->stop)) {
		result = bag_unlock(&insistent->bag);
		if (!result)
			insistent->unlocked++;
		else if (result == -EBUSY)
			insistent->refused++;
		else if (result != -ECANCELED)
			insistent->unexpected = result;
	}
	return NULL;
}

TEST_F(power, no_unlock_until_resume)
{
	static struct insistent insistent;
	struct keybag_event event = {};
	pthread_t thread;
	unsigned int round;
	int result = 0, locks = 0;

	insistent.bag = self->bag;
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, pthread_create(&thread, NULL, insist, &insistent));
	for (round = 0; round < PATIENCE_MS / 5 && !insistent.unlocked; round++)
		usleep(5000);
	/*
	 * The moments between the notification and the freezing, and after the thawing, are short.
	 */
	for (round = 0; round < 40 && !insistent.refused && !result; round++)
		result = suspend();
	atomic_store(&insistent.stop, true);
	pthread_join(thread, NULL);
	if (result)
		SKIP(return, "this kernel cannot test suspending");
	EXPECT_LT(0, insistent.refused);
	EXPECT_LT(0, insistent.unlocked);
	EXPECT_EQ(0, insistent.unexpected);
	while (read(self->fd, &event, sizeof(event)) == sizeof(event))
		if (event.state == KEYBAG_STATE_LOCKED && event.reason == KEYBAG_REASON_SUSPEND)
			locks++;
	EXPECT_LT(0, locks);
}

/* Whoever writes a hibernation image finds no keys, and nobody can bring new ones. */
TEST_F(power, hibernate)
{
	struct keybag_event event;
	struct keybag_try try;
	struct bag bag;
	int snapshot;

	ASSERT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
	snapshot = open(SNAPSHOT, O_RDONLY | O_CLOEXEC);
	if (snapshot < 0)
		SKIP(return, "this kernel cannot hibernate: %s", strerror(errno));

	EXPECT_TRUE(version_flags(self->fd) & KEYBAG_VERSION_SUSPENDING);
	EXPECT_FALSE(version_flags(self->fd) & KEYBAG_VERSION_DEVICE_KEY);
	EXPECT_EQ(-ENOENT, bag_state(&self->bag));
	EXPECT_EQ(-ENOENT, bag_state(&self->open));
	ASSERT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
	EXPECT_EQ(KEYBAG_STATE_GONE, event.state);
	EXPECT_EQ(KEYBAG_REASON_HIBERNATE, event.reason);
	EXPECT_EQ(-EKEYREVOKED,
		  data_unwrap(self->fd, self->blob, sizeof(self->blob), NO_AAD, &event));
	EXPECT_EQ(-EKEYREVOKED,
		  data_wrap(self->open_fd, KEYBAG_CLASS_DK, "x", 1, NO_AAD, self->blob));

	EXPECT_EQ(-EBUSY, device_key_set(self->bag.device, self->device_key));
	EXPECT_EQ(-EBUSY, bag_load(&self->bag));
	/* A suspend that ends meanwhile ends nothing else: where it cannot be tested, neither. */
	suspend();
	EXPECT_TRUE(version_flags(self->fd) & KEYBAG_VERSION_SUSPENDING);
	EXPECT_EQ(-EBUSY, device_key_set(self->bag.device, self->device_key));
	EXPECT_EQ(-EBUSY, bag_load(&self->bag));
	close(snapshot);

	EXPECT_FALSE(version_flags(self->fd) & KEYBAG_VERSION_SUSPENDING);
	/* The helper supplies the device key again and reloads. */
	EXPECT_EQ(-ENODEV, bag_load(&self->bag));
	EXPECT_EQ(-ENOENT, bag_begin(&self->bag, &try));
	EXPECT_EQ(0, device_key_set(self->bag.device, self->device_key));
	EXPECT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(&self->bag));
	EXPECT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(0, bag_load(&self->open));
	bag = self->bag;
	EXPECT_EQ(-EEXIST, bag_load(&bag));
}

TEST_HARNESS_MAIN
