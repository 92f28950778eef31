// SPDX-License-Identifier: LGPL-2.1-or-later
#include "der.h"

#include <string.h>

struct der der_of(const void *bytes, size_t length)
{
	return (struct der){ bytes, bytes ? length : 0 };
}

static uint8_t take(struct der *from)
{
	from->left--;
	return *from->at++;
}

/* Definite lengths of at most four bytes. */
static bool take_length(struct der *from, size_t *ret_length)
{
	uint8_t first, count;
	size_t length = 0;

	if (!from->left)
		return false;
	first = take(from);
	if (first < 0x80) {
		*ret_length = first;
		return true;
	}
	count = first & 0x7f;
	if (!count || count > 4 || count > from->left)
		return false;
	while (count--)
		length = length << 8 | take(from);
	*ret_length = length;
	return true;
}

bool der_next(struct der *from, uint8_t *ret_tag, struct der *ret_content, struct der *ret_whole)
{
	struct der rest = *from;
	size_t length;
	uint8_t tag;

	if (!rest.left)
		return false;
	tag = take(&rest);
	/* Tags of several bytes occur in nothing that is read here. */
	if ((tag & 0x1f) == 0x1f || !take_length(&rest, &length) || length > rest.left)
		return false;
	if (ret_tag)
		*ret_tag = tag;
	if (ret_content)
		*ret_content = (struct der){ rest.at, length };
	if (ret_whole)
		*ret_whole = (struct der){ from->at, (size_t)(rest.at - from->at) + length };
	*from = (struct der){ rest.at + length, rest.left - length };
	return true;
}

bool der_enter(struct der *from, enum der_tag tag, struct der *ret_content)
{
	struct der rest = *from, content;
	uint8_t found;

	if (!der_next(&rest, &found, &content, NULL) || found != tag)
		return false;
	*from = rest;
	*ret_content = content;
	return true;
}

bool der_unsigned(struct der *from, struct der *ret_number)
{
	struct der number;

	if (!der_enter(from, DER_INTEGER, &number) || !number.left || number.at[0] & 0x80)
		return false;
	if (number.left > 1 && !number.at[0])
		take(&number);
	*ret_number = number;
	return true;
}

bool der_bits(struct der *from, struct der *ret_bytes)
{
	struct der bits;

	if (!der_enter(from, DER_BIT_STRING, &bits) || !bits.left || take(&bits))
		return false;
	*ret_bytes = bits;
	return true;
}

bool der_is(struct der bytes, const void *other, size_t length)
{
	return bytes.left == length && !memcmp(bytes.at, other, length);
}
