/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which users had a session when the daemon before this one ended, noted in /run. The end of a session that nobody
 * saw locks; a keybag that was opened without any session, for a service or by root, is left as it is. Main
 * thread only.
 */
#ifndef KEYBAGD_SESSION_NOTE_H
#define KEYBAGD_SESSION_NOTE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * At start, before sessions are looked at. Where notes cannot be kept, that is logged, and all users are taken to
 * have had one.
 */
void session_note_open(void);

/* The user has a session. */
void session_note_keep(uid_t uid);

/* The last one is gone, and what it held open is locked. */
void session_note_drop(uid_t uid);

/* Whether the user has or may have had a session whose end was not seen. */
bool session_note_had(uid_t uid);

#endif /* KEYBAGD_SESSION_NOTE_H */
