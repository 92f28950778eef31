/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The certificate of the organisation that may open a keybag: beside the form, which has no room for it, and says
 * by its digest which one it is. A file that is not that one, of a form that was put back from a backup, say,
 * counts for nothing. With it the secret is sealed anew.
 */
#ifndef KEYBAGD_ORGANISATION_FILE_H
#define KEYBAGD_ORGANISATION_FILE_H

#include "keybagd/organisation/organisation.h"
#include "libkeybag/keybag.h"

#define ORGANISATION_SUFFIX	".organisation"
#define ORGANISATION_NEW_SUFFIX	".organisation.new"

/* Reads the one with that digest. -ENOENT: there is none. */
int organisation_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE], const uint8_t digest[ORGANISATION_DIGEST],
			   struct organisation *ret_organisation);

/*
 * Durable when it returns 0, beside the one with the digest @present (NULL: none), which stays: the form that needs
 * it is still to come. organisation_file_place() drops the former one when that form is in effect. Where that does
 * not happen both stay, until the next time.
 */
int organisation_file_begin(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct organisation *organisation,
			    const uint8_t *present);
int organisation_file_place(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Removes them, durably; 0 where there is none. */
int organisation_file_remove(const uint8_t uuid[KEYBAG_UUID_SIZE]);

#endif /* KEYBAGD_ORGANISATION_FILE_H */
