// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of the structures, and a 32-bit caller's way in, from this 64-bit program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"
#include "layout.h"

TEST(version)
{
	struct keybag_version version = {};
	int fd = device_open();

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, command(fd, KEYBAG_IOC_VERSION, &version));
	EXPECT_EQ(KEYBAG_ABI_VERSION, version.abi);
	EXPECT_EQ(1, version.form_version);
	EXPECT_EQ(1, version.blob_version);
	EXPECT_TRUE(version.flags & KEYBAG_VERSION_UNLESS_OPEN);
	EXPECT_TRUE(version.flags & KEYBAG_VERSION_HARDWARE);
	EXPECT_EQ(0, version.flags & ~(KEYBAG_VERSION_DEVICE_KEY | KEYBAG_VERSION_SUSPENDING |
				       KEYBAG_VERSION_FOLLOWED | KEYBAG_VERSION_FOLLOWER_LOST |
				       KEYBAG_VERSION_UNLESS_OPEN |
				       KEYBAG_VERSION_HARDWARE));
	EXPECT_NE('\0', version.module[0]);
	EXPECT_NE('\0', version.aead_driver[0]);
	EXPECT_NE('\0', version.mac_driver[0]);
	EXPECT_NE(NULL, memchr(version.module, '\0', sizeof(version.module)));
	EXPECT_NE(NULL, memchr(version.aead_driver, '\0', sizeof(version.aead_driver)));
	EXPECT_NE(NULL, memchr(version.mac_driver, '\0', sizeof(version.mac_driver)));
	close(fd);
}

/* Whether /proc/crypto has @driver as one of @algorithm. */
static bool is_driver_of(const char *driver, const char *algorithm)
{
	char line[256], name[128] = "", value[128];
	FILE *file = fopen("/proc/crypto", "re");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "name : %127s", value) == 1)
			strcpy(name, value);
		else if (sscanf(line, "driver : %127s", value) == 1)
			found = !strcmp(value, driver) && !strcmp(name, algorithm);
	}
	if (file)
		fclose(file);
	return found;
}

/* The names are of what computes, not of what could: the kernel's library, which is in no list, or a driver. */
static bool computes(const char *name, const char *library, const char *cipher)
{
	return !strcmp(name, library) || is_driver_of(name, cipher);
}

TEST(drivers)
{
	struct keybag_version version = {};
	int fd = device_open();

	ASSERT_EQ(0, command(fd, KEYBAG_IOC_VERSION, &version));
	EXPECT_TRUE(computes(version.aead_driver, "aes-gcm-lib", "gcm(aes)"))
	{
		TH_LOG("aead_driver: %s", version.aead_driver);
	}
	EXPECT_TRUE(computes(version.mac_driver, "aes-cmac-lib", "cbc(aes)"))
	{
		TH_LOG("mac_driver: %s", version.mac_driver);
	}
	close(fd);
}

#ifdef __x86_64__

#define IOCTL_32	54

/* The system call entry of 32-bit programs. Addresses must be below 4 GiB. */
static int command_32(int fd, unsigned long request, void *argument)
{
	int result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "0"(IOCTL_32), "b"(fd), "c"((__u32)request), "d"((__u32)(uintptr_t)argument)
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
}

/* A kernel without it answers by a signal. */
static bool has_32_bit_calls(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		_exit(command_32(-1, 0, NULL) != -EBADF);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       !WEXITSTATUS(status);
}

FIXTURE(compat)
{
	struct bag bag;
	__u8 *low;
	int fd;
};

FIXTURE_SETUP(compat)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = device_open();
	ASSERT_LE(0, self->fd);
	self->low = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, self->low);
}

FIXTURE_TEARDOWN(compat)
{
	munmap(self->low, 65536);
	close(self->fd);
	bag_finish(&self->bag);
}

TEST_F(compat, round_trip)
{
	struct keybag_bind *bind = (void *)self->low;
	struct keybag_status *status = (void *)self->low;
	struct keybag_wrap *wrap = (void *)self->low;
	struct keybag_unwrap *unwrap = (void *)self->low;
	__u8 *secret = self->low + 4096, *blob = self->low + 8192, *opened = self->low + 12288;
	const size_t length = 32 + KEYBAG_BLOB_OVERHEAD;

	if (!has_32_bit_calls())
		SKIP(return, "this kernel runs no 32-bit programs");

	*bind = (struct keybag_bind){ .by = KEYBAG_BIND_UUID };
	memcpy(bind->uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	ASSERT_EQ(0, command_32(self->fd, KEYBAG_IOC_BIND, bind));

	memset(status, 0, sizeof(*status));
	EXPECT_EQ(0, command_32(self->fd, KEYBAG_IOC_STATUS, status));
	EXPECT_EQ(self->bag.owner, status->owner);
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, status->state);

	memcpy(secret, "a secret of a 32-bit program ...", 32);
	*wrap = (struct keybag_wrap){
		.class_number = KEYBAG_CLASS_AK,
		.plaintext_length = 32,
		.blob_capacity = length,
		.plaintext = (uintptr_t)secret,
		.blob = (uintptr_t)blob,
	};
	ASSERT_EQ(length, command_32(self->fd, KEYBAG_IOC_WRAP(sizeof(*wrap)), wrap));

	*unwrap = (struct keybag_unwrap){
		.blob_length = length,
		.plaintext_capacity = 32,
		.plaintext = (uintptr_t)opened,
	};
	memcpy(unwrap->data, blob, length);
	ASSERT_EQ(32, command_32(self->fd, KEYBAG_IOC_UNWRAP(sizeof(*unwrap) + length), unwrap));
	EXPECT_EQ(0, memcmp(secret, opened, 32));
}

/* An argument that is a number, not an address, and one command of control. */
TEST_F(compat, child_close_and_lock)
{
	struct keybag_lock *lock = (void *)self->low;
	__u8 blob[CHILD_BLOB];
	int fd, child;

	if (!has_32_bit_calls())
		SKIP(return, "this kernel runs no 32-bit programs");
	fd = bag_bind(&self->bag);
	ASSERT_LE(0, fd);
	ASSERT_EQ(CHILD_BLOB, child_create(fd, KEYBAG_CLASS_DK, NO_AAD, blob));
	child = child_open(fd, blob, CHILD_BLOB, NO_AAD);
	ASSERT_LT(0, child);
	EXPECT_EQ(0, command_32(fd, KEYBAG_IOC_CHILD_CLOSE, (void *)(uintptr_t)child));
	EXPECT_GT(0, child_close(fd, child));
	close(fd);

	*lock = (struct keybag_lock){ .reason = KEYBAG_REASON_REQUEST };
	memcpy(lock->uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	EXPECT_EQ(0, command_32(self->bag.device, KEYBAG_IOC_LOCK, lock));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&self->bag));
	EXPECT_EQ(-ENOTTY, command_32(self->bag.device, _IO(KEYBAG_IOC_MAGIC, 0xf0), lock));
}

#endif /* __x86_64__ */

TEST_HARNESS_MAIN
