/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to keybagd, with what the journal and the user are told about their outcome.
 */
#ifndef PAM_KEYBAG_REQUEST_H
#define PAM_KEYBAG_REQUEST_H

#include "call.h"

/* Result of a look at the user's keybag before a passcode is handed over. */
enum keybag_found {
	KEYBAG_FOUND_UNKNOWN,		/* no answer, or it cannot be loaded */
	KEYBAG_FOUND_NONE,
	KEYBAG_FOUND_WITHOUT_PASSCODE,
	KEYBAG_FOUND_UNLOCKED,
	KEYBAG_FOUND_CLOSED,
};

/* Loads the keybag if need be, and looks at it. */
enum keybag_found request_look(struct call *call);

/* The proof that @passcode makes. */
struct keybag_proof request_proof(const char *passcode);

/* @flags: KEYBAG_UNLOCK_IF_CLOSED, or 0. */
void request_unlock(struct call *call, const char *passcode, uint32_t flags, uint32_t reason);

/*
 * Whether @passcode lets the user in: tries it, and opens nothing; for a screen locker it unlocks.
 * Returns 0, -EACCES when that is not for the keybag to say, or another negative errno, about which
 * the user and the journal have been told.
 */
int request_verify(struct call *call, const char *passcode, bool unlock);

/*
 * Has the key derived, and keeps the ticket for it in the handle. Returns true when there is no keybag, and the login is
 * to make one.
 */
bool request_ticket(struct call *call, const char *passcode);

/*
 * Tries the key behind a ticket. @keep: the session is still to come; returns whether the ticket is good for
 * another time then.
 */
bool request_redeem(struct call *call, const uint8_t ticket[KEYBAG_TICKET_SIZE], bool keep);

/* Makes a keybag and unlocks it. */
void request_create(struct call *call, const char *passcode);

/* Logs a request that failed. Remembers when keybagd did not answer at all. */
void request_log_failure(struct call *call, int error, const char *doing);

#endif /* PAM_KEYBAG_REQUEST_H */
