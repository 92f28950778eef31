/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret as messages have it: (oayays), the session that it was made for, parameters, value, content type.
 */
#ifndef SECRETSERVICE_WIRE_SECRET_H
#define SECRETSERVICE_WIRE_SECRET_H

#include <stddef.h>
#include <systemd/sd-bus.h>

/* All of it belongs to the message that it was read from. */
struct wire_secret {
	const char *session;
	const void *parameters;
	size_t parameters_length;
	const void *value;
	size_t length;
	const char *content_type;
};

/* Both return 0 or a negative errno. The message has to be sensitive. */
int wire_secret_read(sd_bus_message *message, struct wire_secret *ret_secret);
int wire_secret_append(sd_bus_message *message, const struct wire_secret *secret);

#endif /* SECRETSERVICE_WIRE_SECRET_H */
