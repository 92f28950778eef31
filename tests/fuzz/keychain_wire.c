// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the body of a message: refused, or a value within the bounds that is the same after
 * it was written and read again; and the same where they came by a mailbox.
 */
#include <string.h>

#include "check_value.h"
#include "helper/keychain/transport/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void by_mailbox(const uint8_t *data, size_t size, const struct value *wanted)
{
	static uint8_t scratch[MAILBOX_SIZE];
	static struct mailbox mailbox;
	struct value *value = NULL;
	int result;

	if (!mailbox.shared)
		must(mailbox_make(&mailbox) == 0);
	if (size)
		memcpy(mailbox.shared, data, size < MAILBOX_SIZE ? size : MAILBOX_SIZE);
	result = wire_collect(&mailbox, size, scratch, VALUE_MAX_ENTRIES, &value);
	must(!result == (wanted && data[0] && size <= MAILBOX_SIZE));
	must(result || value_equal(value, wanted));
	must(!mailbox.used && !scratch[0] && !scratch[MAILBOX_SIZE - 1]);
	value_free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value *value = NULL;

	must(!cbor_value_read(data, size, VALUE_MAX_ENTRIES, &value) == !!value);
	by_mailbox(data, size, value);
	if (!value)
		return 0;
	check_bounds(value, 0);
	check_cbor(value);
	value_free(value);
	return 0;
}
