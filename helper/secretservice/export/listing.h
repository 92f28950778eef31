/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of items, told anew to the clients that keep them.
 *
 * A list costs a search of its collection. So one follows a change after a moment, in which others come along, and the time that
 * lists take together is a tenth at most, however often something is changed and however much there is.
 */
#ifndef SECRETSERVICE_EXPORT_LISTING_H
#define SECRETSERVICE_EXPORT_LISTING_H

#include <systemd/sd-bus.h>

void listing_begin(sd_bus *bus);
/* Nothing is told any more. */
void listing_end(void);

/* An item was made or deleted: for those who see what the client that is served sees. */
void listing_changed(const char *keychain);

/* All that was in it is gone, for everybody. */
void listing_emptied(const char *keychain);

/* The keybag was opened: what could not be told, or was told as locked, can be read. */
void listing_opened(void);

#endif /* SECRETSERVICE_EXPORT_LISTING_H */
