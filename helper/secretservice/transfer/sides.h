/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two sides of a transfer: the Secret Service of the keychain, and another one. Either is the one that has the name on the
 * user's bus, or is started on a bus of this program's own.
 *
 * Functions return 0, or an exit status after a complaint.
 */
#ifndef SECRETSERVICE_SIDES_H
#define SECRETSERVICE_SIDES_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "peer.h"
#include "private_bus.h"

#define SECRETS_NAME	"org.freedesktop.secrets"

enum provider {
	PROVIDER_NONE = 0,	/* nobody has the name */
	PROVIDER_KEYCHAIN,
	PROVIDER_KEYRING,	/* gnome-keyring */
	PROVIDER_OTHER,
};

struct sides {
	sd_bus *session;	/* the user's bus; NULL: there is none */
	struct private_bus private;
	uint64_t stamp;		/* of the keyrings that were copied; 0: none were */
	size_t others;		/* services that have secrets and cannot be asked */
};

#define SIDES_NONE	((struct sides){ .private = PRIVATE_BUS_NONE })

void sides_begin(struct sides *ret_sides);
void sides_end(struct sides *sides);

/* The program that has the name on @bus, its unique name and what it is called; NULL: not wanted. */
enum provider sides_provider(sd_bus *bus, const char *name, char ret_owner[NAME_OWNER_SIZE], char *ret_called, size_t called_size);

/* Opens the keychain's own, which has to be unlocked. */
int sides_open_keychain(struct sides *sides, struct peer *ret_peer);

/*
 * The other one: where none runs, gnome-keyring, with the user's keyrings, or with @copies a copy of them, so that those stay as
 * they are. EXIT_NOT_FOUND: there are no keyrings to copy.
 *
 * With @copies others that have secrets and do not run are told and counted, in @others, but where one runs that is not gnome-keyring:
 * programs had what that one has. EXIT_NOT_THERE: there are such, and no keyrings.
 */
int sides_open_other(struct sides *sides, bool copies, struct peer *ret_peer);

/* Whether keyrings have changed since they were copied: gnome-keyring was started on the user's bus, and a program has stored there. */
bool sides_copies_are_old(struct sides *sides);

#endif /* SECRETSERVICE_SIDES_H */
