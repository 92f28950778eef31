/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of an item as messages have them: a dictionary of texts.
 */
#ifndef SECRETSERVICE_ATTRIBUTES_H
#define SECRETSERVICE_ATTRIBUTES_H

#include <stddef.h>
#include <systemd/sd-bus.h>

#include "helper/keychain/base/reserved_names.h"

#define ATTRIBUTES_MAX		128	/* pairs, */
#define ATTRIBUTES_MAX_NAME	255	/* bytes of a name, */
#define ATTRIBUTES_MAX_BYTES	61440	/* and of all names and values: limits of the keychain */

#define ATTRIBUTE_SCHEMA	SCHEMA_ATTRIBUTE
#define ATTRIBUTE_SCHEMA_NONE	"org.freedesktop.Secret.Generic"	/* of items without one, to libsecret and gnome-keyring */

/* The texts belong to the message that they were read from. */
struct attributes {
	size_t count;
	struct {
		const char *name, *value;
	} pairs[ATTRIBUTES_MAX];
};

/*
 * Reads a{ss}. A name that occurs twice has the value that came last. Returns 0, -E2BIG (over a limit) or a negative errno
 * of sd_bus_message_read(3).
 */
int attributes_read(sd_bus_message *message, struct attributes *ret_attributes);

/* Adds one, or replaces its value. The texts have to outlive @attributes. Returns 0 or -E2BIG. */
int attributes_put(struct attributes *attributes, const char *name, const char *value);

/* NULL: there is none of that name. */
const char *attributes_get(const struct attributes *attributes, const char *name);

#endif /* SECRETSERVICE_ATTRIBUTES_H */
