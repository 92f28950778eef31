// SPDX-License-Identifier: GPL-2.0-or-later
#include "module_open.h"

#include <errno.h>
#include <stdlib.h>

#include "autoload.h"
#include "bag_events.h"
#include "common/cleanup.h"
#include "common/module_policy.h"
#include "daemon/log.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/kernel/device_key.h"
#include "keybagd/kernel/follower.h"
#include "libkeybag/device_key.h"
#include "settle.h"

static struct request_result why_not;

/* Nothing is asked of a module that might understand something else. */
static int refuse_module(const struct keybag_version *version, struct request_result *ret_result)
{
	char text[256] = "";

	module_understood(version, text, sizeof(text));
	return request_result_fail(ret_result, -ENXIO, KEYBAG_DEVICE ": %s", text);
}

static void module_open_adopt(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	struct keybag_status status;
	struct bag *bag = bag_get(uuid);
	struct sealed_form form;
	char label[320];

	if (!bag || device_ioctl_status(uuid, &status) < 0)
		return;
	bag->type = status.type;
	bag->owner = status.owner;
	bag_label(bag, label, sizeof(label));
	settle_change(uuid, label);
	if (device_ioctl_read_form(uuid, &form) == 0)
		bag_info_from_form(&bag->info, &form.view, true);
	bag_events_adopt(bag);
}

static void adopt_all(void)
{
	CLEANUP_FREE uint8_t *uuids = calloc(KEYBAG_MAX_BAGS, KEYBAG_UUID_SIZE);
	struct keybag_list command = {
		.uuids = (uintptr_t)uuids,
		.capacity = KEYBAG_MAX_BAGS,
	};
	uint32_t i;
	int result = uuids ? device_ioctl(KEYBAG_IOC_LIST, &command) : -ENOMEM;

	if (result < 0) {
		log_error("loaded keybags could not be listed: %s", keybag_error_text(result));
		return;
	}
	for (i = 0; i < command.count && i < command.capacity; i++)
		module_open_adopt(uuids + (size_t)i * KEYBAG_UUID_SIZE);
}

/*
 * A kernel that has a key has keybags, maybe open ones: nobody hears of a lock, nor of the end of a session, while the main thread waits
 * for a TPM. Without a key nothing is open.
 */
static void supply_key(bool kernel_has_one, struct request_result *ret_failure)
{
	struct device_key_state state;

	device_key_look(&state);
	if (kernel_has_one && state.source == KEYBAG_DEVICE_KEY_IN_TPM)
		autoload_compare_key();
	else if (device_key_supply_main(ret_failure) < 0 && ret_failure->error)
		log_error("%s", ret_failure->text);
}

/* @ret_result: untouched where there is no error. */
static int open_module(struct request_result *ret_result)
{
	struct keybag_version version;
	struct request_result key = { 0 };
	int result;

	if (device_ioctl_is_open())
		return 0;
	result = device_ioctl_open(&version);
	if (result == -EPROTO)
		return refuse_module(&version, ret_result);
	if (result == -ENXIO)
		return request_result_fail(ret_result, result, KEYBAG_DEVICE ": %s", module_absence_text());
	if (result < 0)
		return request_result_fail_plain(ret_result, result, KEYBAG_DEVICE);
	log_notice("kernel module %s, %s", version.module, version.aead_driver);
	follower_begin();
	supply_key(version.flags & KEYBAG_VERSION_DEVICE_KEY, &key);
	bag_scan();
	adopt_all();
	/* Nothing can be loaded into a kernel without the key. */
	if (key.error && !(version.flags & KEYBAG_VERSION_DEVICE_KEY))
		autoload_when_key(&key);
	else
		autoload_all();
	return 0;
}

int module_open(struct request_result *ret_result)
{
	int result;

	why_not = (struct request_result){ 0 };
	result = open_module(&why_not);
	if (result < 0)
		*ret_result = why_not;
	return result;
}

const struct request_result *module_why_not(void)
{
	return &why_not;
}
