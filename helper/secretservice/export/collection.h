/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.freedesktop.Secret.Collection, at the path of each collection and at those of aliases.
 */
#ifndef SECRETSERVICE_EXPORT_COLLECTION_H
#define SECRETSERVICE_EXPORT_COLLECTION_H

#include <systemd/sd-bus.h>

/* Returns 0 or a negative errno. */
int collection_export(sd_bus *bus);

/* Forgets all that was read for the message before. */
void collection_forget(void);

#endif /* SECRETSERVICE_EXPORT_COLLECTION_H */
