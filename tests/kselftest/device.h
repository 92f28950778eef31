/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device, its device key, and what is loaded. Bags of tests belong to uids no account has, so
 * that a test can run beside the bags of a machine's users.
 *
 * Every function returns what the command returned (0 or more), or a negative errno.
 */
#ifndef KEYBAG_SELFTEST_DEVICE_H
#define KEYBAG_SELFTEST_DEVICE_H

#include <keybag.h>

/* From FIXTURE_SETUP(): the harness of 6.1 would go on with the test after SKIP(return). */
#define SKIP_IN_SETUP(...)	SKIP(_exit(255), __VA_ARGS__)

#define OWNER		61000
#define OTHER_OWNER	61001
#define NOBODY		61050	/* owns nothing */
#define OWNERS_END	61100	/* bags of OWNER..OWNERS_END are leftovers of tests */

/* ioctl(2) with a negative errno for -1. */
int command(int fd, unsigned long request, void *argument);

/* Opens the device. */
int device_open(void);

/*
 * Makes sure a device key is set. Returns 0 and the key when it is known to the test: one that was
 * set by a test, or the one of this machine's root-only file. -ENOKEY when it is another one.
 */
int device_key(int device, __u8 key[KEYBAG_DEVICE_KEY_SIZE]);

/* Sets the device key; for tests that have it evicted. */
int device_key_set(int device, const __u8 key[KEYBAG_DEVICE_KEY_SIZE]);

/* The key that device_key() sets where none is set. */
extern const __u8 test_device_key[KEYBAG_DEVICE_KEY_SIZE];

/* Number of loaded bags that are not those of tests, which a test must not disturb. */
int foreign_bags(int device);

/* Unloads the bags of that owner: a test that was killed leaves its own behind. */
int device_unload_owner(int device, __u32 owner);

#endif /* KEYBAG_SELFTEST_DEVICE_H */
