/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys that are added: kept in the keychain, or held in memory.
 */
#ifndef SSHAGENT_ADDITION_H
#define SSHAGENT_ADDITION_H

#include "requester.h"

/* Bytes. */
#define COMMENT_MAX	4096

/*
 * Reads a key, its comment and, where @constrained, its constraints, all that is left. Returns whether it was added; why not is
 * logged, except where it cannot be read.
 */
bool key_add(const struct requester *requester, struct reader *from, bool constrained);

#endif /* SSHAGENT_ADDITION_H */
