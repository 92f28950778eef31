/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The passphrase of ssh-add -x, under which the agent does nothing until ssh-add -X says it.
 */
#ifndef SSHAGENT_PASSPHRASE_H
#define SSHAGENT_PASSPHRASE_H

#include "helper/sshagent/wire/reader.h"

bool passphrase_is_set(void);

/* Returns false where one is set, or there is no memory. */
bool passphrase_set(struct bytes passphrase);

/* Whether it is that one; then it is set no more. */
bool passphrase_unset(struct bytes passphrase);

#endif /* SSHAGENT_PASSPHRASE_H */
