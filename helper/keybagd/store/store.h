/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of keybags. For each keybag there is
 *
 *   <uuid>.keybag       the sealed form
 *   <uuid>.tries        record of guesses and wraps, two slots, overwritten in place
 *   <uuid>.owner        name of the account it was made for
 *   <uuid>.idle         after how long without use its owner wants it locked
 *   <uuid>.organisation  certificate of the organisation that may open it
 *   <uuid>.index        indexes of the TPM that a change of its passcode is about
 *   <uuid>.differs      there while the login password is known not to be its passcode
 *
 * and while a form is being made, replaced or destroyed also
 *
 *   <uuid>.making       the form of a keybag that is being made, not in effect
 *   <uuid>.new          the next generation, not in effect
 *   <uuid>.old          a second name of the previous generation: to be overwritten and removed
 *   <uuid>.destroyed    the form of a keybag that is being destroyed
 *
 * Power may go at any point: <uuid>.keybag is the old or the new form, whole, and form_file_clean()
 * finds what was left behind. All functions may be called by any thread; calls for one keybag are made one
 * at a time. They return 0 or a negative errno.
 */
#ifndef KEYBAGD_STORE_H
#define KEYBAGD_STORE_H

#include "libkeybag/keybag.h"
#include <stdbool.h>
#include <stddef.h>

#define STORE_NAME_SIZE		64

/* Opens the folder, making it if need be. Says why it cannot: see state_folder_open(). */
int store_open(void);

/* Name of a file of a keybag. */
void store_name(char ret_name[STORE_NAME_SIZE], const uint8_t uuid[KEYBAG_UUID_SIZE],
		const char *suffix);

/* Whether files may have come or gone since the last call. */
bool store_changed(void);

/* Makes names in the folder durable. */
int store_sync(void);

/* One state of a file: whatever writes to it or replaces it, another one comes of it. All zero: there is none. */
struct store_stamp {
	uint64_t file;
	int64_t seconds;
	int64_t nanoseconds;
};

struct store_stamp store_stamp(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix);
bool store_stamp_same(const struct store_stamp *one, const struct store_stamp *other);

/* Opens a file of a keybag, close-on-exec, never following a link. Returns a descriptor. */
int store_file(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix, int flags);

/* Writes a whole new file and makes it durable, but not its name. Leaves nothing on failure; what was written is overwritten. */
int store_write_new(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix, const void *bytes,
		    size_t length);

int store_rename(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *from, const char *to);

/* Gives a file a second name. */
int store_link(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *from, const char *to);

/* Removes a file; its absence is no error. */
int store_remove(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix);

/* Overwrites a file with zeros, durably; its absence is no error. */
int store_overwrite(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix);

/* Overwrites a file, durably, and removes it; its absence is no error. */
int store_wipe(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix);

/* Whether two names are the same file. */
bool store_same(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *one, const char *other);

/* Calls @found for each keybag that has a file with @suffix. Returns how many. */
int store_each(const char *suffix,
	       void (*found)(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context), void *context);

#endif /* KEYBAGD_STORE_H */
