/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of keys and certificates, read with the passphrase that a test has set: the items or the message of the last one.
 */
#ifndef UNIT_READ_CONTAINER_H
#define UNIT_READ_CONTAINER_H

#include <stdlib.h>

#include "helper/keychain/certificate/container/container.h"
#include "tests/unit/lib/passphrase.h"

static struct value *items;
static char *message;

static int read_bytes(const void *bytes, size_t length)
{
	static const struct container_passphrase passphrase = { .read = give };

	value_free(items);
	free(message);
	asked = 0;
	return container_items(bytes, length, &passphrase, &items, &message);
}

#endif
