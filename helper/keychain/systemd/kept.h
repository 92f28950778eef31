/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that the service manager keeps for this process. One that is closed unanswered is an empty credential, with
 * which the unit would start: when this process dies, the manager's descriptors hold the connections open, and the next
 * process gets them.
 */
#ifndef KEYCHAIN_SYSTEMD_KEPT_H
#define KEYCHAIN_SYSTEMD_KEPT_H

#include <stdbool.h>

/* The stage of a connection, by which the next process goes. */
enum kept {
	KEPT_BEGUN,		/* some of an answer may have been sent */
	KEPT_WAITING,		/* nothing was sent */
};

#define KEPT_NAME_SIZE	48

/*
 * Has @fd kept; @name was "", or the one that it was kept under, which changes. That takes two messages: the manager knows
 * @fd again, and would keep the first name. A process that is killed between the two leaves the connection to nobody.
 */
void kept_set(enum kept kept, int fd, char name[KEPT_NAME_SIZE]);

void kept_remove(const char name[KEPT_NAME_SIZE]);

/* Reads the stage out of a name that was passed with a descriptor. Returns false where it has none. */
bool kept_read(const char *name, enum kept *ret_kept);

#endif
