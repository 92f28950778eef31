// SPDX-License-Identifier: LGPL-2.1-or-later
#include "wire.h"

#include <errno.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "helper/common/protocol.h"
#include "helper/common/registers.h"
#include "helper/keychain/base/cbor.h"
#include "helper/keychain/base/cbor_read.h"

int wire_pack(const struct value *value, struct handover *ret_body)
{
	CLEANUP_HANDOVER struct handover body = HANDOVER_NONE;
	size_t size = cbor_value_size(value);
	int result;

	if (!size)
		return -EINVAL;
	if (size > WIRE_MAX_BODY)
		return -EMSGSIZE;
	result = handover_new(&body, NULL, size);
	if (!result && cbor_value_write(value, body.mapping, size) != size)
		result = -EMSGSIZE;
	clear_vector_registers();
	if (result < 0)
		return result;
	*ret_body = body;
	body = HANDOVER_NONE;
	return 0;
}

/* Every body is a dictionary, whose first byte is not zero. */
static int read_body(const uint8_t *bytes, size_t length, size_t max_entries,
		     struct value **ret_value)
{
	int result = bytes[0] ? cbor_value_read(bytes, length, max_entries, ret_value) : -ENODATA;

	clear_vector_registers();
	return result;
}

int wire_unpack(int descriptor, size_t max_entries, struct value **ret_value)
{
	CLEANUP_SECRET struct secret body = SECRET_NONE;
	int result = handover_receive(descriptor, WIRE_MAX_BODY, &body);

	if (result < 0)
		return result;
	return read_body(body.data, body.length, max_entries, ret_value);
}

size_t wire_post(struct mailbox *mailbox, const struct value *value)
{
	size_t length;

	if (!mailbox->shared)
		return 0;
	length = cbor_value_write(value, mailbox->shared, MAILBOX_SIZE);
	/* A part of a value that does not fit is there. */
	mailbox->used = length ? length : MAILBOX_SIZE;
	if (!length)
		mailbox_clear(mailbox);
	clear_vector_registers();
	return length;
}

int wire_collect(struct mailbox *mailbox, size_t length, void *scratch, size_t max_entries,
		 struct value **ret_value)
{
	int result = mailbox_take(mailbox, length, scratch);

	if (result < 0)
		return result;
	result = read_body(scratch, length, max_entries, ret_value);
	explicit_bzero(scratch, length);
	return result;
}
