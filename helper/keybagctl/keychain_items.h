/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The items of keychains that are sealed under a keybag, as keychaind counts them.
 */
#ifndef KEYBAGCTL_KEYCHAIN_ITEMS_H
#define KEYBAGCTL_KEYCHAIN_ITEMS_H

#include <stdbool.h>

#include "libkeybag/keybag.h"

enum keychain_kind {
	KEYCHAIN_ALL,
	KEYCHAIN_AKPU,		/* those that are lost with the passcode */
};

#define KEYCHAIN_ITEMS_SIZE	512

/*
 * "12 items of the keychain 'login', 3 of 'work'" for the keybag of @whose (NULL: one's own); "" where it
 * has none. Returns 0, or -EAGAIN where nobody says how many there are: keychaind does not answer, or cannot tell.
 */
int keychain_items(struct keybag_client *client, const struct keybag_whose *whose, enum keychain_kind kind,
		   char ret_text[KEYCHAIN_ITEMS_SIZE]);

/* Whether there is a keychain on this machine, if only its unit. */
bool keychain_installed(void);

/*
 * Whether keychaind answers a request, within 5 seconds; one that a service manager starts on demand is started. True as
 * well where no keychain is installed, so that nobody misses it.
 */
bool keychain_answers(void);

#endif /* KEYBAGCTL_KEYCHAIN_ITEMS_H */
