/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handlers of all requests of the protocol, by the file that holds them.
 */
#ifndef KEYBAGD_HANDLERS_H
#define KEYBAGD_HANDLERS_H

#include "keybagd/bag/operation.h"

extern const struct handler handle_create;		/* create.c */
extern const struct handler handle_takeover;		/* takeover.c */
extern const struct handler handle_destroy;		/* destroy.c */
extern const struct handler handle_status;		/* status.c */
extern const struct handler handle_list;
extern const struct handler handle_passcode_tries;
extern const struct handler handle_watch;		/* watch.c */
extern const struct handler handle_unlock;		/* unlock.c */
extern const struct handler handle_lock;		/* lock.c */
extern const struct handler handle_evict;
extern const struct handler handle_ticket_new;		/* ticket.c */
extern const struct handler handle_ticket_redeem;
extern const struct handler handle_set_passcode;	/* passcode.c */
extern const struct handler handle_remove_passcode;
extern const struct handler handle_recovery_code_add;	/* recovery_code.c */
extern const struct handler handle_recovery_code_confirm;
extern const struct handler handle_recovery_code_refuse;
extern const struct handler handle_load;		/* load.c */
extern const struct handler handle_unload;		/* unload.c */
extern const struct handler handle_keychain;		/* keychain.c */
extern const struct handler handle_program;		/* program.c */
extern const struct handler handle_settings;		/* settings.c */
extern const struct handler handle_set_idle;
extern const struct handler handle_device_key;		/* device_key.c */
extern const struct handler handle_device_key_move;
extern const struct handler handle_organisation;	/* organisation.c */
extern const struct handler handle_organisation_read;
extern const struct handler handle_organisation_add;
extern const struct handler handle_organisation_remove;
extern const struct handler handle_organisation_export;

/* The one for the request of that name, or NULL. */
const struct handler *handlers_find(const char *name);

/* A reply() of handlers: tells which keybag it was. */
void handlers_reply_uuid(struct operation *operation, struct writer *writer);

#endif /* KEYBAGD_HANDLERS_H */
