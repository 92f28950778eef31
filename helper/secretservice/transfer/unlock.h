/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens what is locked in a Secret Service: keyrings of gnome-keyring by their passwords, others by a question on the screen,
 * which only a person at a terminal is referred to. What stays locked is left to whoever reads it.
 */
#ifndef SECRETSERVICE_TRANSFER_UNLOCK_H
#define SECRETSERVICE_TRANSFER_UNLOCK_H

#include "peer.h"
#include "record.h"

/* Returns whether any was opened: what was read before is to be read again. */
bool unlock_collections(struct peer *peer, const struct record_collections *collections);

/* Items of an open collection that their service releases one by one, as KeePassXC does. */
bool unlock_items(struct peer *peer, const struct record_list *items);

/* A question with the name of a keyring in it, which anybody may have chosen. To be released with free(3); NULL: no memory. */
char *unlock_question(const char *format, const char *name) __attribute__((format(printf, 1, 0)));

#endif /* SECRETSERVICE_TRANSFER_UNLOCK_H */
