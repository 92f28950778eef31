// SPDX-License-Identifier: LGPL-2.1-or-later
#include "message.h"

#include <errno.h>
#include <string.h>

#include "cbor_token.h"

struct parser {
	const uint8_t *next;
	size_t left;
};

static void read_token(struct parser *parser, struct cbor_token *ret_token)
{
	size_t length = cbor_token_read(parser->next, parser->left, ret_token);

	parser->next += length;
	parser->left -= length;
}

static bool has_field(const struct message *message, const struct cbor_token *key)
{
	size_t i;

	for (i = 0; i < message->count; i++)
		if (message->fields[i].key_length == key->length &&
		    !memcmp(message->fields[i].key, key->bytes, key->length))
			return true;
	return false;
}

static int set_value(struct field *field, const struct cbor_token *value)
{
	switch (value->kind) {
	case CBOR_UNSIGNED:
		field->type = FIELD_UNSIGNED;
		break;
	case CBOR_NEGATIVE:
		field->type = FIELD_NEGATIVE;
		break;
	case CBOR_BOOLEAN:
		field->type = FIELD_BOOLEAN;
		break;
	case CBOR_TEXT:
		field->type = FIELD_TEXT;
		break;
	case CBOR_BYTES:
		field->type = FIELD_BYTES;
		break;
	default:
		return -EPROTO;
	}
	field->number = value->number;
	field->bytes = value->bytes;
	field->length = value->length;
	return 0;
}

static int add_field(struct message *message, const struct cbor_token *key,
		     const struct cbor_token *value)
{
	struct field *field = &message->fields[message->count];

	if (key->kind != CBOR_TEXT || key->length < 1 || key->length > MESSAGE_MAX_KEY ||
	    message->count == MESSAGE_MAX_FIELDS || has_field(message, key))
		return -EPROTO;
	*field = (struct field){
		.key = (const char *)key->bytes,
		.key_length = key->length,
	};
	message->count++;
	return set_value(field, value);
}

int message_parse(struct message *message, const void *bytes, size_t length)
{
	struct parser parser = { .next = bytes, .left = length };
	struct cbor_token map, key, value;
	int result;

	message->count = 0;
	read_token(&parser, &map);
	if (map.kind != CBOR_OPEN_MAP && map.kind != CBOR_MAP)
		return -EPROTO;
	while (map.kind == CBOR_OPEN_MAP || message->count < map.number) {
		read_token(&parser, &key);
		if (map.kind == CBOR_OPEN_MAP && key.kind == CBOR_BREAK)
			break;
		read_token(&parser, &value);
		result = add_field(message, &key, &value);
		if (result < 0)
			return result;
	}
	return parser.left ? -EPROTO : 0;
}
