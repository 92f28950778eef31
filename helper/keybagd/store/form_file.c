// SPDX-License-Identifier: GPL-2.0-or-later
#include "form_file.h"

#include <fcntl.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "daemon/log.h"
#include "file.h"
#include "guard_note_file.h"
#include "idle_file.h"
#include "organisation_file.h"
#include "owner_file.h"
#include "password_mismatch_file.h"
#include "record_file.h"
#include "store.h"

#define NEW		".new"
#define OLD		".old"
#define MAKING		".making"
#define DESTROYED	".destroyed"

static void form_file_report(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *what, int result)
{
	char text[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(uuid, text);
	if (result < 0)
		log_error("keybag %s: %s failed: %s", text, what, keybag_error_text(result));
	else
		log_notice("keybag %s: %s", text, what);
}

bool form_file_exists(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	return store_same(uuid, FORM_SUFFIX, FORM_SUFFIX);
}

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

int form_file_begin(const uint8_t uuid[KEYBAG_UUID_SIZE], const void *bytes, size_t length)
{
	int result = store_write_new(uuid, MAKING, bytes, length);

	/* Its name is durable before the files are of which it says whose they are. */
	return result < 0 ? result : store_sync();
}

int form_file_place(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	int result = store_rename(uuid, MAKING, FORM_SUFFIX);

	return result < 0 ? result : store_sync();
}

int form_file_withdraw(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	int result = store_wipe(uuid, FORM_SUFFIX);

	if (!result)
		result = store_sync();
	if (result < 0)
		form_file_report(uuid, "taking back a generation that did not take effect", result);
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

	if (!result)
		result = store_wipe(uuid, DESTROYED);
	return result < 0 ? result : store_sync();
}

static void report_not_back(const uint8_t uuid[KEYBAG_UUID_SIZE], int error)
{
	char text[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(uuid, text);
	log_error("keybag %s: its file is of a generation that did not take effect, and the previous one could not be put back: "
		  "%s: mend that, then 'systemctl restart keybagd', before the machine restarts, writes the one in effect",
		  text, keybag_error_text(error));
}

/*
 * The form that is given up is overwritten when the old one is in its place, durably, and it has no name any more: before
 * that, power may go and leave it as the only form in its place.
 */
int form_file_revert(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	CLEANUP_FD int given_up = store_file(uuid, FORM_SUFFIX, O_WRONLY);
	bool same = store_same(uuid, FORM_SUFFIX, OLD);
	int result = same ? store_remove(uuid, OLD) : store_rename(uuid, OLD, FORM_SUFFIX);

	if (!result)
		result = store_sync();
	if (result < 0) {
		report_not_back(uuid, result);
		return result;
	}
	if (same || given_up < 0)
		return 0;
	result = file_overwrite(given_up);
	if (result < 0)
		form_file_report(uuid, "overwriting a generation that did not take effect", result);
	return result;
}

/*
 * All files of a keybag but the one with the suffix @mark go first, and durably: as long as that one is there,
 * the next start takes up the work. Without it a previous generation would be left behind.
 */
static int form_file_erase(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *mark)
{
	static const char *const forms[] = { OLD, NEW, MAKING, RECORD_SUFFIX };
	static const char *const others[] = {
		RECORD_NEW_SUFFIX, PASSWORD_MISMATCH_SUFFIX, OWNER_SUFFIX, OWNER_NEW_SUFFIX,
		IDLE_SUFFIX, IDLE_NEW_SUFFIX, ORGANISATION_SUFFIX, ORGANISATION_NEW_SUFFIX,
	};
	int result = store_overwrite(uuid, mark);
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]) && !result; i++)
		if (strcmp(forms[i], mark) != 0)
			result = store_wipe(uuid, forms[i]);
	for (i = 0; i < sizeof(others) / sizeof(others[0]) && !result; i++)
		result = store_remove(uuid, others[i]);
	if (!result)
		result = store_sync();
	if (!result)
		result = store_remove(uuid, mark);
	return result < 0 ? result : store_sync();
}

int form_file_destroy(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	/* Its name would be taken from one whose overwriting has failed. */
	int result = form_file_exists(uuid) ? store_wipe(uuid, DESTROYED) : 0;

	if (!result)
		result = store_rename(uuid, FORM_SUFFIX, DESTROYED);
	if (result == -ENOENT)
		result = store_rename(uuid, MAKING, DESTROYED);
	if (result < 0 && result != -ENOENT)
		return result;
	result = store_sync();
	return result < 0 ? result : form_file_erase(uuid, DESTROYED);
}

static void clean_new(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context)
{
	(void)context;
	form_file_report(uuid, "removing a generation that did not take effect", store_wipe(uuid, NEW));
}

/*
 * A form is replaced by renaming, so that there is one in its place at any time: where there is none it was taken away. What
 * took its place before is not put there, which would undo a change of passcode; nor is it wiped, which might be all
 * that is left of a file that was lost.
 */
static void clean_old(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context)
{
	char form[STORE_NAME_SIZE], old[STORE_NAME_SIZE];

	(void)context;
	store_name(form, uuid, FORM_SUFFIX);
	store_name(old, uuid, OLD);
	if (store_same(uuid, FORM_SUFFIX, OLD))
		store_remove(uuid, OLD);
	else if (form_file_exists(uuid))
		form_file_report(uuid, "overwriting the previous generation", store_wipe(uuid, OLD));
	else
		log_warning("%s is gone, and %s, the generation before it, is still there: where it was moved away for good, "
			    "remove that as well", form, old);
}

static void clean_destroyed(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context)
{
	(void)context;
	/* The keybag was restored or recovered since: only what was destroyed goes. */
	if (form_file_exists(uuid))
		form_file_report(uuid, "overwriting what was destroyed before it came back", store_wipe(uuid, DESTROYED));
	else
		form_file_report(uuid, "finishing its destruction", form_file_erase(uuid, DESTROYED));
}

static void clean_making(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context)
{
	(void)context;
	form_file_report(uuid, "removing what is left of its making, which was cut off",
			 form_file_exists(uuid) ? store_wipe(uuid, MAKING) : form_file_erase(uuid, MAKING));
}

/* Never in effect, whatever there is beside it. */
static void clean_half_written(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context)
{
	store_remove(uuid, context);
}

/*
 * A record of guesses and a name without a form stay: the form may be on its way back from a backup, and would
 * come back with its guesses forgotten, for whoever has the uid by then.
 */
void form_file_clean(void)
{
	store_each(DESTROYED, clean_destroyed, NULL);
	store_each(MAKING, clean_making, NULL);
	store_each(OLD, clean_old, NULL);
	store_each(NEW, clean_new, NULL);
	store_each(RECORD_NEW_SUFFIX, clean_half_written, RECORD_NEW_SUFFIX);
	store_each(OWNER_NEW_SUFFIX, clean_half_written, OWNER_NEW_SUFFIX);
	store_each(IDLE_NEW_SUFFIX, clean_half_written, IDLE_NEW_SUFFIX);
	store_each(GUARD_NOTE_NEW_SUFFIX, clean_half_written, GUARD_NOTE_NEW_SUFFIX);
	store_sync();
}
