// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybagd meets the module: who waits for the device key, and what is loaded without it.
 */
#include <errno.h>
#include <string.h>

#include "keybagd/bag/autoload.h"
#include "keybagd/bag/bag_events.h"
#include "keybagd/bag/module_open.h"
#include "keybagd/bag/settle.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/kernel/device_key.h"
#include "keybagd/kernel/follower.h"
#include "lib/tap.h"
#include "libkeybag/device_key.h"

/* The kernel, and the rest of keybagd. */
static uint32_t kernel_flags, source;
static int key_error;
static unsigned int supplied, compared, loads, waits;

int device_ioctl_is_open(void)
{
	return 0;
}

int device_ioctl_open(struct keybag_version *ret_version)
{
	*ret_version = (struct keybag_version){ .flags = kernel_flags };
	return 0;
}

int device_ioctl(unsigned long command, void *argument)
{
	(void)command, (void)argument;
	return 0;
}

int device_ioctl_status(const uint8_t uuid[KEYBAG_UUID_SIZE], struct keybag_status *ret_status)
{
	(void)uuid, (void)ret_status;
	return -ENOENT;
}

int device_ioctl_read_form(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_form *ret_form)
{
	(void)uuid, (void)ret_form;
	return -ENOENT;
}

void follower_begin(void)
{
}

void bag_events_adopt(struct bag *bag)
{
	(void)bag;
}

void settle_change(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *label)
{
	(void)uuid, (void)label;
}

void device_key_look(struct device_key_state *ret_state)
{
	*ret_state = (struct device_key_state){ .source = source };
}

int device_key_supply_main(struct request_result *ret_result)
{
	supplied++;
	ret_result->error = key_error;
	return key_error;
}

void autoload_all(void)
{
	loads++;
}

void autoload_when_key(const struct request_result *why_not)
{
	check(why_not->error == key_error);
	waits++;
}

void autoload_compare_key(void)
{
	compared++;
}

static void meet(uint32_t flags, uint32_t where, int error)
{
	struct request_result failure = { 0 };

	supplied = compared = loads = waits = 0;
	kernel_flags = flags;
	source = where;
	key_error = error;
	check(module_open(&failure) == 0);
}

int main(void)
{
	tap_start();
	meet(KEYBAG_VERSION_DEVICE_KEY, KEYBAG_DEVICE_KEY_IN_TPM, -ENODEV);
	check(!supplied && compared == 1 && loads == 1 && !waits);
	tap_test("where the kernel has a key, the main thread, which hears of locks, does not wait for the TPM");
	meet(KEYBAG_VERSION_DEVICE_KEY, KEYBAG_DEVICE_KEY_IN_FILE, -EMEDIUMTYPE);
	check(supplied == 1 && !compared && loads == 1 && !waits);
	tap_test("a file is compared at once, and keybags are loaded with the key that the kernel has");
	meet(0, KEYBAG_DEVICE_KEY_IN_TPM, 0);
	check(supplied == 1 && loads == 1 && !waits);
	tap_test("a kernel without a key gets it before keybags are loaded");
	meet(0, KEYBAG_DEVICE_KEY_IN_TPM, -ENODEV);
	check(supplied == 1 && !loads && waits == 1);
	tap_test("none is tried where there is no key");
	return tap_end();
}
