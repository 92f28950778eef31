/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room in the kernel, which holds KEYBAG_MAX_BAGS keybags at a time. Where all places are taken, one that nobody has opened since it
 * was loaded gives way to another one: it loses nothing, as the next request loads it again.
 */
#ifndef KEYBAGD_ROOM_H
#define KEYBAGD_ROOM_H

#include "libkeybag/keybag.h"
/* Keybags with an operation under way, at most. */
#define ROOM_IN_USE	32

/*
 * An operation of that keybag begins, or has ended: in between it does not give way. Main thread, an entry for each operation that
 * runs. To enter waits while a keybag is being taken out.
 */
void room_enter(const uint8_t uuid[KEYBAG_UUID_SIZE]);
void room_leave(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Keybags that the kernel holds, or a negative errno. */
int room_taken(void);

/*
 * Worker: takes a keybag out where there is no place left: of those of users that are before their first unlock, the one that was
 * loaded longest ago. Returns 0: there is a place, which another load may take first; -EDQUOT: none gives way; or a negative errno.
 */
int room_make(void);

#endif /* KEYBAGD_ROOM_H */
