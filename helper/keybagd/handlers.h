/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each operation of the protocol does, by the file that holds it.
 */
#ifndef KEYBAGD_HANDLERS_H
#define KEYBAGD_HANDLERS_H

#include "operation.h"

extern const struct handler handle_create;		/* create.c */
extern const struct handler handle_recover;		/* recover.c */
extern const struct handler handle_destroy;		/* destroy.c */
extern const struct handler handle_status;		/* status.c */
extern const struct handler handle_list;
extern const struct handler handle_watch;		/* watch.c */
extern const struct handler handle_unlock;		/* unlock.c */
extern const struct handler handle_lock;		/* lock.c */
extern const struct handler handle_evict;
extern const struct handler handle_ticket_new;		/* ticket.c */
extern const struct handler handle_ticket_redeem;
extern const struct handler handle_set_passcode;	/* passcode.c */
extern const struct handler handle_remove_passcode;
extern const struct handler handle_recovery_add;	/* recovery.c */
extern const struct handler handle_recovery_confirm;
extern const struct handler handle_recovery_refuse;
extern const struct handler handle_load;		/* load.c */
extern const struct handler handle_unload;		/* unload.c */
extern const struct handler handle_keychain;		/* keychain.c */
extern const struct handler handle_program;		/* program.c */

#endif /* KEYBAGD_HANDLERS_H */
