// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include <errno.h>
#include <stdlib.h>

#include "change.h"
#include "common/cleanup.h"
#include "common/module_policy.h"
#include "daemon/log.h"
#include "device_key.h"
#include "events.h"
#include "load_later.h"

/* Nothing is asked of a module that might understand something else. */
static int refuse_module(const struct keybag_version *version, struct outcome *outcome)
{
	char text[256] = "";

	module_understood(version, text, sizeof(text));
	return outcome_fail(outcome, -ENXIO, KEYBAG_DEVICE ": %s", text);
}

static void adopt(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	struct keybag_status status;
	struct bag *bag = bag_get(uuid);
	struct sealed_form form;
	char label[320];

	if (!bag || control_status(uuid, &status) < 0)
		return;
	bag->type = status.type;
	bag->owner = status.owner;
	bag_label(bag, label, sizeof(label));
	change_settle(uuid, label);
	if (control_read_form(uuid, &form) == 0)
		facts_from_form(&bag->facts, &form.view);
	bag_adopt(bag);
}

static void adopt_all(void)
{
	CLEANUP_FREE uint8_t *uuids = calloc(KEYBAG_MAX_BAGS, KEYBAG_UUID_SIZE);
	struct keybag_list command = {
		.uuids = (uintptr_t)uuids,
		.capacity = KEYBAG_MAX_BAGS,
	};
	uint32_t i;
	int result = uuids ? control_call(KEYBAG_IOC_LIST, &command) : -ENOMEM;

	if (result < 0) {
		log_error("loaded keybags could not be listed: %s", keybag_error_text(result));
		return;
	}
	for (i = 0; i < command.count && i < command.capacity; i++)
		adopt(uuids + (size_t)i * KEYBAG_UUID_SIZE);
}

/* Two of one user would be in each other's way: neither is loaded unless somebody names it. */
static void load_all(void)
{
	struct bag *bag, *only;

	for (bag = bag_first(); bag; bag = bag->next) {
		if (bag->loaded || !bag->on_disk)
			continue;
		if (bag->type && bag_find_of(bag->type, bag->owner, &only) == -ENOTUNIQ)
			log_error("uid %u has more than one keybag in the folder: see 'keybagctl list'",
				  bag->owner);
		else
			load_later(bag);
	}
}

int kernel_open(struct outcome *outcome)
{
	struct keybag_version version;
	struct outcome key = { 0 };
	int result;

	if (control_is_open())
		return 0;
	result = control_open(&version);
	if (result == -EPROTO)
		return refuse_module(&version, outcome);
	if (result == -ENXIO)
		return outcome_fail(outcome, result, KEYBAG_DEVICE ": %s", module_absence_text());
	if (result < 0)
		return outcome_fail_plain(outcome, result, KEYBAG_DEVICE);
	log_notice("kernel module %s, %s", version.module, version.aead_driver);
	if (device_key_supply(&key) < 0)
		log_error("%s", key.text);
	bag_scan();
	adopt_all();
	load_all();
	return 0;
}
