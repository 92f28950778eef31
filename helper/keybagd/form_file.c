// SPDX-License-Identifier: GPL-2.0-or-later
#include "form_file.h"

#include <fcntl.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "daemon/log.h"
#include "differs_file.h"
#include "owner_file.h"
#include "record_file.h"
#include "store.h"

#define NEW		".new"
#define OLD		".old"
#define DESTROYED	".destroyed"

ssize_t form_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE], uint8_t ret_bytes[KEYBAG_MAX_FORM])
{
	CLEANUP_FD int fd = store_file(uuid, FORM_SUFFIX, O_RDONLY);
	ssize_t length = fd < 0 ? fd : read_all(fd, ret_bytes, KEYBAG_MAX_FORM);

	return length == -EMSGSIZE ? -EBADMSG : length;
}

int form_file_create(const uint8_t uuid[KEYBAG_UUID_SIZE], const void *bytes, size_t length)
{
	int result = store_write_new(uuid, NEW, bytes, length);

	if (result < 0)
		return result;
	result = store_rename(uuid, NEW, FORM_SUFFIX);
	if (!result)
		result = store_sync();
	if (result < 0) {
		store_wipe(uuid, NEW);
		store_wipe(uuid, FORM_SUFFIX);
	}
	return result;
}

/* Gives the form in place a second name, under which it is found after the new one has taken over. */
static int keep_old(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	int result;

	if (store_same(uuid, FORM_SUFFIX, OLD))
		return 0;
	result = store_wipe(uuid, OLD);
	return result < 0 ? result : store_link(uuid, FORM_SUFFIX, OLD);
}

int form_file_replace(const uint8_t uuid[KEYBAG_UUID_SIZE], const void *bytes, size_t length)
{
	int result = store_write_new(uuid, NEW, bytes, length);

	if (result < 0)
		return result;
	result = keep_old(uuid);
	if (!result)
		result = store_rename(uuid, NEW, FORM_SUFFIX);
	if (result < 0) {
		store_wipe(uuid, NEW);
		if (store_same(uuid, FORM_SUFFIX, OLD))
			store_remove(uuid, OLD);
		return result;
	}
	result = store_sync();
	if (result < 0)
		form_file_revert(uuid);
	return result;
}

int form_file_forget(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	int result = store_wipe(uuid, OLD);

	return result < 0 ? result : store_sync();
}

int form_file_revert(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	int result = store_rename(uuid, OLD, FORM_SUFFIX);

	return result < 0 ? result : store_sync();
}

int form_file_destroy(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	int result = store_rename(uuid, FORM_SUFFIX, DESTROYED);

	if (result < 0 && result != -ENOENT)
		return result;
	result = store_sync();
	/* From here on the next start would finish it. */
	if (!result)
		result = store_wipe(uuid, DESTROYED);
	if (!result)
		result = store_wipe(uuid, OLD);
	if (!result)
		result = store_wipe(uuid, NEW);
	if (!result)
		result = store_wipe(uuid, RECORD_SUFFIX);
	if (!result)
		result = store_remove(uuid, DIFFERS_SUFFIX);
	if (!result)
		result = store_remove(uuid, OWNER_SUFFIX);
	return result < 0 ? result : store_sync();
}

static void report(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *what, int result)
{
	char text[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(uuid, text);
	if (result < 0)
		log_error("keybag %s: %s failed: %s", text, what, keybag_error_text(result));
	else
		log_notice("keybag %s: %s", text, what);
}

static bool has_form(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	return store_same(uuid, FORM_SUFFIX, FORM_SUFFIX);
}

static void clean_new(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context)
{
	(void)context;
	report(uuid, "removing a generation that did not take effect", store_wipe(uuid, NEW));
}

static void clean_old(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context)
{
	(void)context;
	if (store_same(uuid, FORM_SUFFIX, OLD))
		store_remove(uuid, OLD);
	else if (has_form(uuid))
		report(uuid, "overwriting the previous generation", store_wipe(uuid, OLD));
	else
		report(uuid, "putting the keybag back in its place", form_file_revert(uuid));
}

static void clean_destroyed(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context)
{
	(void)context;
	report(uuid, "finishing its destruction", form_file_destroy(uuid));
}

/* A record or a name without a form: of a keybag whose making was cut off. */
static void clean_orphan(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context)
{
	if (!has_form(uuid))
		store_remove(uuid, context);
}

void form_file_clean(void)
{
	store_each(DESTROYED, clean_destroyed, NULL);
	store_each(OLD, clean_old, NULL);
	store_each(NEW, clean_new, NULL);
	store_each(RECORD_SUFFIX, clean_orphan, RECORD_SUFFIX);
	store_each(RECORD_NEW_SUFFIX, clean_orphan, RECORD_NEW_SUFFIX);
	store_each(DIFFERS_SUFFIX, clean_orphan, DIFFERS_SUFFIX);
	store_each(OWNER_SUFFIX, clean_orphan, OWNER_SUFFIX);
	store_each(OWNER_NEW_SUFFIX, clean_orphan, OWNER_NEW_SUFFIX);
	store_sync();
}
