/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After how many seconds without use the owner of a keybag wants it locked: a line with the number. It is no secret, and
 * whoever can write here needs no such thing to keep a keybag open.
 */
#ifndef KEYBAGD_IDLE_FILE_H
#define KEYBAGD_IDLE_FILE_H

#include "libkeybag/keybag.h"

#define IDLE_SUFFIX	".idle"
#define IDLE_NEW_SUFFIX	".idle.new"

/* 0: none is noted, or what is there is not readable. */
uint32_t idle_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Notes it, durably; 0 removes the note. Returns 0 or a negative errno. */
int idle_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE], uint32_t seconds);

#endif /* KEYBAGD_IDLE_FILE_H */
