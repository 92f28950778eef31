// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest.h"

#define DEVICE_KEY_FILE	"/etc/keybag/device.key"

const __u8 test_device_key[KEYBAG_DEVICE_KEY_SIZE] = "keybag selftest: a device key...";

/* Without the module, or without root, the whole program is skipped, before the harness starts. */
static void __attribute__((constructor)) require_module(void)
{
	int device = open(KEYBAG_DEVICE, O_RDWR | O_CLOEXEC);

	if (device < 0 || geteuid()) {
		ksft_print_header();
		ksft_exit_skip("%s\n", device < 0 ? "no " KEYBAG_DEVICE ": load the module keybag"
						  : "needs root");
	}
	close(device);
}

int command(int fd, unsigned long request, void *argument)
{
	int result = ioctl(fd, request, argument);

	return result < 0 ? -errno : result;
}

int device_open(void)
{
	int fd = open(KEYBAG_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int device_key_set(int device, const __u8 key[KEYBAG_DEVICE_KEY_SIZE])
{
	struct keybag_device_key set = { .key = (uintptr_t)key };

	return command(device, KEYBAG_IOC_SET_DEVICE_KEY, &set);
}

int device_key(int device, __u8 key[KEYBAG_DEVICE_KEY_SIZE])
{
	__u8 machine[KEYBAG_DEVICE_KEY_SIZE + 1];
	ssize_t length = 0;
	int result, fd;

	memcpy(key, test_device_key, KEYBAG_DEVICE_KEY_SIZE);
	result = device_key_set(device, key);
	if (result != -EEXIST)
		return result;

	fd = open(DEVICE_KEY_FILE, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, machine, sizeof(machine));
		close(fd);
	}
	if (length != KEYBAG_DEVICE_KEY_SIZE)
		return -ENOKEY;
	memcpy(key, machine, KEYBAG_DEVICE_KEY_SIZE);
	return device_key_set(device, key) ? -ENOKEY : 0;
}

/* Calls @visit for every loaded bag. */
static int each_bag(int device, void (*visit)(int device, const struct keybag_status *status,
					      void *argument), void *argument)
{
	__u8 uuids[KEYBAG_MAX_BAGS][KEYBAG_UUID_SIZE];
	struct keybag_list list = { .uuids = (uintptr_t)uuids, .capacity = KEYBAG_MAX_BAGS };
	struct keybag_status status;
	__u32 i;
	int result;

	result = command(device, KEYBAG_IOC_LIST, &list);
	if (result)
		return result;
	for (i = 0; i < list.count; i++) {
		memset(&status, 0, sizeof(status));
		memcpy(status.uuid, uuids[i], KEYBAG_UUID_SIZE);
		if (!command(device, KEYBAG_IOC_STATUS, &status))
			visit(device, &status, argument);
	}
	return 0;
}

static bool is_test_owner(__u32 owner)
{
	return owner >= OWNER && owner < OWNERS_END;
}

static void count_foreign(int device, const struct keybag_status *status, void *argument)
{
	(void)device;
	if (!is_test_owner(status->owner))
		(*(int *)argument)++;
}

int foreign_bags(int device)
{
	int count = 0, result;

	result = each_bag(device, count_foreign, &count);
	return result ? result : count;
}

static void unload_owned(int device, const struct keybag_status *status, void *argument)
{
	struct keybag_unload unload = {};

	if (status->owner != *(__u32 *)argument || !is_test_owner(status->owner))
		return;
	memcpy(unload.uuid, status->uuid, KEYBAG_UUID_SIZE);
	command(device, KEYBAG_IOC_UNLOAD, &unload);
}

int device_unload_owner(int device, __u32 owner)
{
	return each_bag(device, unload_owned, &owner);
}
