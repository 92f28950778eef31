/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that a library closes, which were sent by a peer: nobody knows their numbers. A socket with SO_LINGER waits for its
 * other end when it is closed for the last time (closer.h).
 */
#ifndef KEYBAG_DAEMON_LAST_CLOSE_H
#define KEYBAG_DAEMON_LAST_CLOSE_H

/*
 * Calls @action(@context), whose closes are not the last ones of what is open when it is called: a thread has all of that open, too,
 * until @action has returned, and ends then. What ends waits for no socket. Without memory for a thread, or where
 * none may have descriptors of its own, @action is called all the same.
 */
void last_close_elsewhere(void (*action)(void *context), void *context);

#endif /* KEYBAG_DAEMON_LAST_CLOSE_H */
