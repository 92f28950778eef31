/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGCTL_RECOVERY_H
#define KEYBAGCTL_RECOVERY_H

#include "arguments.h"

/*
 * Makes the first recovery code of a keybag, shows it, and at a terminal has a part of it typed back. @proof: its
 * passcode. Returns an exit code, after a message if it is not 0.
 */
int recovery_on_the_spot(struct keybag_client *client, const struct arguments *arguments,
			 const struct keybag_proof *proof);

#endif /* KEYBAGCTL_RECOVERY_H */
