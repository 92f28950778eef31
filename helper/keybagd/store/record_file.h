/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of guesses and wraps on disk: two slots of a file that is allocated once and from then on
 * overwritten in place, the older slot first. It can be written on a full disk, and a write that is
 * cut off leaves the other slot.
 */
#ifndef KEYBAGD_RECORD_FILE_H
#define KEYBAGD_RECORD_FILE_H

#include "sealed_form.h"

#define RECORD_SUFFIX		".tries"
#define RECORD_NEW_SUFFIX	".tries.new"
#define RECORD_SLOTS		2
#define RECORD_SLOT_SIZE	4096

/* Reads the slots; length 0 for one that was never written. -ENOENT: no file. */
int record_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE],
		     struct sealed_record ret_records[RECORD_SLOTS]);

/* Makes a record durable, in a new file where there is none. */
int record_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct sealed_record *record);

/*
 * The same where the kernel has refused one of the slots: nothing of them stays. One of another device key, say, has
 * whatever sequence number, and with the higher one it would stay for as long. As record_file_write() where there is no
 * room for a new file.
 */
int record_file_renew(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct sealed_record *record);

#endif /* KEYBAGD_RECORD_FILE_H */
