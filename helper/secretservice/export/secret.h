/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets of items, to and from the sessions of clients.
 */
#ifndef SECRETSERVICE_EXPORT_SECRET_H
#define SECRETSERVICE_EXPORT_SECRET_H

#include "helper/secretservice/client/session.h"
#include "helper/secretservice/store/item.h"

/* Appends the secret of an item that was read with it to a sensitive message. Returns 0 or a negative errno. */
int secret_append(const struct item *item, const struct session *session, const char *session_path, sd_bus_message *message);

/*
 * The secret that @message goes on with, (oayays): its content type belongs to the message. Returns 0, or a negative errno
 * with @error set.
 */
int secret_take_from(sd_bus_message *message, struct secret *ret_secret, const char **ret_content_type, sd_bus_error *error);

#endif /* SECRETSERVICE_EXPORT_SECRET_H */
