/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Backup keybags, of which keybagd gives tickets out. For programs of this project: it is not installed.
 */
#ifndef KEYBAG_BACKUP_H
#define KEYBAG_BACKUP_H

#include "keybag.h"

#define KEYBAG_BACKUP_MAX_FORM	2048	/* of a backup keybag */

/* keychaind is given the number to use the backup keybag, within a minute and once. */
struct keybag_backup_ticket {
	uint8_t number[KEYBAG_TICKET_SIZE];
	uint32_t flags;				/* KEYBAG_BACKUP_..., of one that was opened */
	uint8_t form[KEYBAG_BACKUP_MAX_FORM];	/* of one that was made */
	size_t form_length;
};

/*
 * Makes a backup keybag under @password for one's own keybag, which @proof is the passcode or recovery code of. A wrong
 * proof counts as it does for an unlock. -EOPNOTSUPP: the module that is loaded is older than this program.
 */
int keybag_client_backup_create(struct keybag_client *client, const struct keybag_proof *proof,
				const struct keybag_proof *password, struct keybag_backup_ticket *ret_ticket,
				struct keybag_attempt *ret_attempt);

/*
 * Opens one from its form. -EKEYREJECTED: one of both is wrong; @ret_attempt has the proof's failures, and
 * keybag_client_message() says which.
 */
int keybag_client_backup_open(struct keybag_client *client, const struct keybag_proof *proof,
			      const struct keybag_proof *password, const void *form, size_t form_length,
			      struct keybag_backup_ticket *ret_ticket, struct keybag_attempt *ret_attempt);

/* For keychaind: the descriptor of that user's backup keybag. -EKEYEXPIRED: there is none with that ticket. */
int keybag_client_backup_redeem(struct keybag_client *client, const struct keybag_whose *whose,
				const uint8_t number[KEYBAG_TICKET_SIZE]);

#endif /* KEYBAG_BACKUP_H */
