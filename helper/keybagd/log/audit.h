/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records for the kernel's audit system: failures of whoever tries to open a keybag, and keybags that
 * could not be. Whoever collects them (auditd, journald) is none of our business, and none at all is
 * no error.
 *
 * The kernel lets a sender wait when its queue is full, so that they are sent by a thread of their own.
 */
#ifndef KEYBAGD_AUDIT_H
#define KEYBAGD_AUDIT_H

/* Starts it. Where the kernel has no audit, nothing is sent. */
void audit_start(void);

/* Sends what waits, for a second at most, and ends. */
void audit_stop(void);

/*
 * Queues a record that something failed. @type: AUDIT_... of <libaudit.h>. @text: key=value words, cut
 * off where they do not fit into AUDIT_TEXT_SIZE. Any thread. One that does not fit is counted, and the count
 * logged.
 */
#define AUDIT_TEXT_SIZE	544

void audit_failure(int type, const char *text);

#endif /* KEYBAGD_AUDIT_H */
