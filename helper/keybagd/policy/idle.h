/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock-after-idle: keybags of users whose sessions that count (session_counts()) are idle for so
 * long are locked, for screen lockers that tell nobody. Main thread only; nothing here asks for the time.
 */
#ifndef KEYBAGD_IDLE_H
#define KEYBAGD_IDLE_H

#include "auto_lock.h"

/* Whether @since_ns is @seconds (0: never) or more before @now_ns. 0: not known, and so it is not. CLOCK_MONOTONIC. */
bool idle_is_long(uint64_t since_ns, uint64_t now_ns, uint32_t seconds);

/*
 * Takes what logind says of a session's terminal: when it was used last, as a file has it (@stamp_us, CLOCK_REALTIME; 0:
 * nothing is known), and what that is in CLOCK_MONOTONIC if the clock was never set (@hint_ns). A clock that was set makes nonsense
 * of the second. But another stamp than at the last look says that somebody has typed since then, and the same one that
 * nobody has.
 */
void idle_note_terminal(struct session *session, uint64_t stamp_us, uint64_t hint_ns, uint64_t now_ns);

/*
 * Decides what is to be locked now. @open_since_ns: since when a keybag of the user is unlocked; to be idle from before then
 * cannot mean it.
 */
struct auto_lock idle_judge(uid_t uid, uint64_t open_since_ns, uint64_t now_ns, uint32_t seconds);

#endif /* KEYBAGD_IDLE_H */
