/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kept keys that ssh-add -d or -D has hidden, until the next login. A file in the user's runtime folder has them for a process
 * that is started again; without that folder they are hidden as long as the process runs.
 */
#ifndef SSHAGENT_HIDDEN_KEYS_H
#define SSHAGENT_HIDDEN_KEYS_H

#include <stdbool.h>

/* Opens the file: to be called before files are restricted. */
void hidden_keys_begin(void);
void hidden_keys_end(void);

bool hidden_keys_has(const char *fingerprint);
void hidden_keys_add(const char *fingerprint);
void hidden_keys_remove(const char *fingerprint);

/* The login has ended. */
void hidden_keys_clear(void);

#endif /* SSHAGENT_HIDDEN_KEYS_H */
