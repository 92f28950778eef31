/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The permission to back up and restore, which keybagd gives to whoever proves the keybag's passcode or recovery code.
 */
#ifndef KEYCHAIN_CLI_BACKUP_TICKET_H
#define KEYCHAIN_CLI_BACKUP_TICKET_H

#include "helper/keychain/base/value.h"
#include "helper/libkeybag/backup.h"

/*
 * Asks for the passcode, or with @recovery the recovery code, and twice for the password of a new backup; a line each of
 * standard input where that is no terminal. These return an exit status.
 */
int backup_ticket_create(bool recovery, struct keybag_backup_ticket *ret_ticket);

/* The same of a backup that is there, whose password is asked for once. */
int backup_ticket_open(bool recovery, const uint8_t *form, size_t form_length, struct keybag_backup_ticket *ret_ticket);

/* { op, ticket }. NULL without memory. */
struct value *backup_request(const char *operation, const struct keybag_backup_ticket *ticket);

#endif
