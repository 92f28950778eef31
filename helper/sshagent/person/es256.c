// SPDX-License-Identifier: GPL-2.0-or-later
#include "es256.h"

#define NUMBER_SIZE	32	/* of P-256 */
#define SEQUENCE	0x30
#define INTEGER		0x02

static struct bytes read_integer(struct reader *from)
{
	uint8_t tag = reader_u8(from);
	size_t length = reader_u8(from);
	struct bytes number = { from->at, length };

	/* Positive: a zero stands before a first bit that is set. */
	if (tag != INTEGER || !length || length > from->left || *number.data & 0x80)
		reader_fail(from);
	for (; length && !from->failed; length--)
		reader_u8(from);
	while (!from->failed && number.length && !*number.data) {
		number.data++;
		number.length--;
	}
	if (!number.length || number.length > NUMBER_SIZE)
		reader_fail(from);
	return number;
}

bool es256_put(struct bytes form, struct buffer *to)
{
	struct reader from = reader_of_bytes(form);
	struct bytes r, s;
	uint8_t tag = reader_u8(&from), length = reader_u8(&from);
	size_t begun;

	/* Less than 128 bytes, so that the length is one. */
	if (tag != SEQUENCE || length != from.left || from.failed)
		return false;
	r = read_integer(&from);
	s = read_integer(&from);
	if (!reader_done(&from))
		return false;
	begun = buffer_begin(to);
	buffer_number(to, r);
	buffer_number(to, s);
	buffer_end(to, begun);
	return true;
}
