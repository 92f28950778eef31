/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tickets and passcodes that the authentication leaves for the steps after the account checks.
 *
 * A ticket stands for a key that keybagd has derived and not tried yet. It is kept in the handle, and
 * in the PAM environment, which sshd carries from the process that authenticates to the one that opens
 * the session. It is no secret: only root can redeem it, within a minute. It leaves the environment
 * when the credentials are set, and the handle when the session opens: a lock may come in between.
 *
 * The passcode itself is kept only where a keybag may have to be created at the end of the login; it
 * lies in locked memory, does not follow a fork, and is wiped with the handle at the latest.
 */
#ifndef PAM_KEYBAG_RELAY_H
#define PAM_KEYBAG_RELAY_H

#include <stdbool.h>

#include "call.h"

/* Forget what an earlier authentication on this handle left. */
void relay_clear(struct call *call);

void relay_put_ticket(struct call *call, const uint8_t ticket[KEYBAG_TICKET_SIZE]);

bool relay_has_ticket(struct call *call);

/*
 * False when there is none for this user. It stays in the handle, and is gone from the environment: what follows
 * is done in this process.
 */
bool relay_get_ticket(struct call *call, uint8_t ret_ticket[KEYBAG_TICKET_SIZE]);

/* Forgets it. Returns whether there was one. */
bool relay_drop_ticket(struct call *call);

/* State of the keybag after the ticket was redeemed before; 0: it was not redeemed. */
void relay_set_state(struct call *call, uint32_t state);
uint32_t relay_state(struct call *call);

void relay_keep_passcode(struct call *call, const char *passcode);

/* The kept passcode in locked memory, or NULL. Valid until relay_clear() or the end of the handle. */
const char *relay_passcode(struct call *call);

/* The keybag has seen this change of the password, whatever came of it: a second line in the stack has nothing to do. */
void relay_set_change_done(struct call *call, bool done);
bool relay_change_done(struct call *call);

/* Whether a passcode that the change of password concerns was seen before it. */
void relay_set_seen(struct call *call, bool seen);
bool relay_seen(struct call *call);

/* keybagd did not answer: later steps on this handle shall not wait for it again. */
void relay_set_unreachable(struct call *call);
bool relay_unreachable(struct call *call);

#endif /* PAM_KEYBAG_RELAY_H */
