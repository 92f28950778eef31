// SPDX-License-Identifier: GPL-2.0-or-later
#include "bag.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/idle_file.h"
#include "keybagd/store/sealed_form.h"
#include "keybagd/store/store.h"

static struct bag *bags;
static bool scan_failed;	/* the last one left the table as it was */

struct bag *bag_first(void)
{
	return bags;
}

struct bag *bag_find(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	struct bag *bag;

	for (bag = bags; bag; bag = bag->next)
		if (!memcmp(bag->uuid, uuid, KEYBAG_UUID_SIZE))
			return bag;
	return NULL;
}

bool bag_is_of(const struct bag *bag, uint32_t type, uid_t owner)
{
	if (bag->owner != owner)
		return false;
	/* If the form is damaged, only the owner may be known: no system bag, then. */
	return bag->type ? bag->type == type : type != KEYBAG_TYPE_SYSTEM;
}

int bag_find_of(uint32_t type, uid_t owner, struct bag **ret_bag)
{
	struct bag *found = NULL;
	struct bag *bag;

	for (bag = bags; bag; bag = bag->next) {
		if (!bag_is_of(bag, type, owner))
			continue;
		if (found)
			return -ENOTUNIQ;
		found = bag;
	}
	if (!found)
		return -ENOENT;
	*ret_bag = found;
	return 0;
}

struct bag *bag_get(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	struct bag *bag = bag_find(uuid);
	struct bag **place;

	if (bag)
		return bag;
	bag = calloc(1, sizeof(*bag));
	if (!bag)
		return NULL;
	memcpy(bag->uuid, uuid, KEYBAG_UUID_SIZE);
	bag->owner = KEYBAG_UID_NONE;
	bag->descriptor = -1;
	for (place = &bags; *place; place = &(*place)->next)
		if (memcmp((*place)->uuid, uuid, KEYBAG_UUID_SIZE) > 0)
			break;
	bag->next = *place;
	*place = bag;
	return bag;
}

void bag_put(struct bag *bag)
{
	struct bag **place;

	if (bag->on_disk || bag->loaded || bag->running || bag->first)
		return;
	for (place = &bags; *place != bag; place = &(*place)->next)
		;
	*place = bag->next;
	free(bag);
}

static void (*idle_changed)(void);

void bag_on_idle(void (*changed)(void))
{
	idle_changed = changed;
}

void bag_set_idle(struct bag *bag, uint32_t seconds)
{
	bool changes = bag->lock_after_idle != seconds;

	bag->lock_after_idle = seconds;
	if (changes && idle_changed)
		idle_changed();
}

/* Takes over what the form on disk says, or, if it is damaged, what is noted beside it. */
static void bag_learn(struct bag *bag)
{
	struct sealed_form form;
	ssize_t length = form_file_read(bag->uuid, form.bytes);
	uid_t uid;

	form.length = length < 0 ? 0 : (size_t)length;
	if (!sealed_form_parse(&form)) {
		bag->type = form.view.type;
		bag->owner = form.view.owner;
		bag_info_from_form(&bag->info, &form.view, false);
	}
	bag_set_idle(bag, idle_file_read(bag->uuid));
	if (owner_file_read(bag->uuid, &uid, bag->info.owner_name) < 0)
		bag->info.owner_name[0] = 0;
	else if (!bag->type)
		bag->owner = uid;
}

static void found_on_disk(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context)
{
	struct bag *bag = bag_get(uuid);

	(void)context;
	if (!bag) {
		scan_failed = true;
		return;
	}
	bag->seen = true;
	bag->on_disk = true;
	if (!bag->loaded)
		bag_learn(bag);
}

void bag_scan(void)
{
	struct bag *bag, *next;
	int result;

	if (!store_changed() && !scan_failed)
		return;
	for (bag = bags; bag; bag = bag->next)
		bag->seen = false;
	scan_failed = false;
	result = store_each(FORM_SUFFIX, found_on_disk, NULL);
	if (result < 0 || scan_failed) {
		/* A keybag that was not seen may still be there: nothing is forgotten before a scan that succeeds. */
		scan_failed = true;
		log_error("the folder of keybags could not be read: %s",
			  keybag_error_text(result < 0 ? result : -ENOMEM));
		return;
	}
	for (bag = bags; bag; bag = next) {
		next = bag->next;
		bag->on_disk = bag->seen;
		bag_put(bag);
	}
}

void bag_label(const struct bag *bag, char *ret_label, size_t size)
{
	char text[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(bag->uuid, text);
	if (bag->type == KEYBAG_TYPE_SYSTEM)
		snprintf(ret_label, size, "system keybag");
	else if (bag->owner == KEYBAG_UID_NONE)
		snprintf(ret_label, size, "keybag %s", text);
	else if (bag->info.owner_name[0])
		snprintf(ret_label, size, "keybag of %s (uid %u)", bag->info.owner_name, bag->owner);
	else
		snprintf(ret_label, size, "keybag of uid %u", bag->owner);
}
