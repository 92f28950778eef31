// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cbor_write.h"

#include <endian.h>
#include <string.h>

#include "helper/common/registers.h"

#define VECTOR_REGISTER	16	/* bytes of the smallest */
#define HEAD_SIZE	9	/* of the longest */

/* Major types (RFC 8949, 3.1), and the heads that are their own values. */
#define UNSIGNED	0x00
#define NEGATIVE	0x20
#define BYTES		0x40
#define TEXT		0x60
#define ARRAY		0x80
#define MAP		0xa0
#define TAG		0xc0
#define FALSE_HEAD	0xf4
#define TRUE_HEAD	0xf5
#define NULL_HEAD	0xf6
#define DOUBLE_HEAD	0xfb

/* Room for that many bytes; NULL: there is none, or they are only measured. */
static uint8_t *take_room(struct cbor_output *output, size_t length)
{
	uint8_t *room = output->bytes ? output->bytes + output->length : NULL;

	if (room && output->capacity - output->length < length) {
		output->failed = true;
		return NULL;
	}
	output->length += length;
	return room;
}

static void put(struct cbor_output *output, const void *bytes, size_t length)
{
	uint8_t *room = length ? take_room(output, length) : NULL;

	if (!room)
		return;
	memcpy(room, bytes, length);
	/* As in value.c. */
	if (length >= VECTOR_REGISTER)
		clear_vector_registers();
}

/* The shortest head of that number. */
static void put_head(struct cbor_output *output, uint8_t type, uint64_t number)
{
	unsigned int kind = number < 24 ? 0 : number <= UINT8_MAX ? 1 : number <= UINT16_MAX ? 2 : number <= UINT32_MAX ? 3 : 4;
	size_t following = kind ? (size_t)1 << (kind - 1) : 0;
	uint8_t *room = take_room(output, 1 + following);

	if (!room)
		return;
	room[0] = type | (kind ? (uint8_t)(23 + kind) : (uint8_t)number);
	for (size_t i = following; i; i--, number >>= 8)
		room[i] = (uint8_t)number;
}

void cbor_put_integer(struct cbor_output *output, int64_t integer)
{
	if (integer < 0)
		put_head(output, NEGATIVE, (uint64_t)(-1 - integer));
	else
		put_head(output, UNSIGNED, (uint64_t)integer);
}

void cbor_put_real(struct cbor_output *output, double real)
{
	uint8_t head[HEAD_SIZE] = { DOUBLE_HEAD };
	uint64_t bits;

	memcpy(&bits, &real, sizeof(bits));
	bits = htobe64(bits);
	memcpy(head + 1, &bits, sizeof(bits));
	put(output, head, sizeof(head));
}

static void put_byte(struct cbor_output *output, uint8_t byte)
{
	uint8_t *room = take_room(output, 1);

	if (room)
		*room = byte;
}

static void put_string(struct cbor_output *output, uint8_t type, const void *bytes, size_t length)
{
	put_head(output, type, length);
	put(output, bytes, length);
}

void cbor_put_null(struct cbor_output *output)
{
	put_byte(output, NULL_HEAD);
}

void cbor_put_boolean(struct cbor_output *output, bool boolean)
{
	put_byte(output, boolean ? TRUE_HEAD : FALSE_HEAD);
}

void cbor_put_date(struct cbor_output *output, int64_t milliseconds)
{
	put_head(output, TAG, CBOR_TAG_DATE);
	cbor_put_integer(output, milliseconds);
}

void cbor_put_text(struct cbor_output *output, const char *text, size_t length)
{
	put_string(output, TEXT, text, length);
}

void cbor_put_data(struct cbor_output *output, const void *bytes, size_t length)
{
	put_string(output, BYTES, bytes, length);
}

void cbor_put_encoded(struct cbor_output *output, const void *bytes, size_t length)
{
	put(output, bytes, length);
}

void cbor_put_array(struct cbor_output *output, size_t count)
{
	put_head(output, ARRAY, count);
}

void cbor_put_map(struct cbor_output *output, size_t count)
{
	put_head(output, MAP, count);
}
