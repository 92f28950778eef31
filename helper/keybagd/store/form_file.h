/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sealed form on disk: replaced as a whole, the previous generation overwritten.
 */
#ifndef KEYBAGD_FORM_FILE_H
#define KEYBAGD_FORM_FILE_H

#include "libkeybag/keybag.h"
#include <stdbool.h>
#include <stddef.h>

#define FORM_SUFFIX	".keybag"

/* Whether there is one in its place. */
bool form_file_exists(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Reads it. Returns the length (more than KEYBAG_MAX_FORM is -EBADMSG) or a negative errno. */
ssize_t form_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE],
		       uint8_t ret_bytes[KEYBAG_MAX_FORM]);

/* Durable, under a new name, when it returns 0; otherwise there is none. */
int form_file_create(const uint8_t uuid[KEYBAG_UUID_SIZE], const void *bytes, size_t length);

/*
 * The form of a keybag that is being made: durable, but not in effect until it is given its place. In between
 * come the other files. Where it does not get that far, the caller destroys the keybag, or the next start does.
 */
int form_file_begin(const uint8_t uuid[KEYBAG_UUID_SIZE], const void *bytes, size_t length);
int form_file_place(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Takes back what form_file_create() has put in place. The other files of the keybag stay. A failure is logged. */
int form_file_withdraw(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/*
 * The new form is durable and in its place when it returns 0, the old one kept aside for one of
 * form_file_forget() and form_file_revert(), which overwrite the one that they give up. Otherwise the old one is in its
 * place as before. A failure to restore it is logged.
 */
int form_file_replace(const uint8_t uuid[KEYBAG_UUID_SIZE], const void *bytes, size_t length);
/* To forget also does away with what is left of a destruction that failed before the keybag came back. */
int form_file_forget(const uint8_t uuid[KEYBAG_UUID_SIZE]);
int form_file_revert(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/*
 * Overwrites and removes everything of a keybag. Cut off after the first step, or failing there, the next start finishes
 * it, unless its form has come back in the meantime.
 */
int form_file_destroy(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* At start: finishes or undoes what was going on when the last daemon or the power went. */
void form_file_clean(void);

#endif /* KEYBAGD_FORM_FILE_H */
