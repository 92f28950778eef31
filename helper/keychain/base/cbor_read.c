// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading: token by token, into the container that is open.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "cbor_read.h"
#include "helper/common/cbor_token.h"
#include "helper/common/utf8.h"

struct level {
	struct value *container;
	uint64_t remaining;		/* entries yet to come */
	bool keyed;			/* a dictionary */
	const char *key;		/* of the entry that comes next, where it was read; NULL: none yet */
	size_t key_length;
};

struct reader {
	struct level levels[VALUE_MAX_DEPTH];
	size_t depth;			/* levels that are open */
	struct value *root;
	size_t max_entries;
	size_t values_left;		/* that the whole may still have */
	bool date;			/* a tag came: the next is its integer */
	int error;			/* 0, -EPROTO or -ENOMEM: there is no more to be read */
};

static void refuse(struct reader *reader)
{
	if (!reader->error)
		reader->error = -EPROTO;
}

static struct level *top(struct reader *reader)
{
	return reader->depth ? &reader->levels[reader->depth - 1] : NULL;
}

/* Closes containers that have all their entries. */
static void close_full(struct reader *reader)
{
	while (reader->depth && !top(reader)->remaining)
		reader->depth--;
}

static int add_entry(struct level *level, struct value *value)
{
	int result = level->key ? value_add_once(level->container, level->key, level->key_length, value) :
				  value_append(level->container, value);

	level->key = NULL;
	level->remaining--;
	return result;
}

/* Takes @value: into the container that is open, or as the root. */
static void add(struct reader *reader, struct value *value)
{
	struct level *level = top(reader);

	if (!value && !reader->error)
		reader->error = -ENOMEM;
	if (reader->error || reader->date || !reader->values_left || (level && !level->remaining) || (!level && reader->root) ||
	    (level && level->keyed && !level->key)) {
		value_free(value);
		refuse(reader);
		return;
	}
	reader->values_left--;
	if (!level)
		reader->root = value;
	else
		reader->error = add_entry(level, value);
	/* A key that occurs twice. */
	if (reader->error && reader->error != -ENOMEM)
		reader->error = -EPROTO;
}

static void add_integer(struct reader *reader, const struct cbor_token *token)
{
	bool date = reader->date;
	int64_t integer;

	reader->date = false;
	if (token->number > INT64_MAX) {
		refuse(reader);
		return;
	}
	integer = token->kind == CBOR_NEGATIVE ? -1 - (int64_t)token->number : (int64_t)token->number;
	add(reader, date ? value_date(integer) : value_integer(integer));
}

static void take_key(struct reader *reader, struct level *level, const struct cbor_token *token)
{
	if (reader->date || token->length > VALUE_MAX_KEY || memchr(token->bytes, 0, token->length)) {
		refuse(reader);
		return;
	}
	level->key = (const char *)token->bytes;
	level->key_length = token->length;
}

static void add_text(struct reader *reader, const struct cbor_token *token)
{
	struct level *level = top(reader);

	if (!utf8_valid(token->bytes, token->length))
		refuse(reader);
	else if (level && level->keyed && !level->key)
		take_key(reader, level, token);
	else
		add(reader, value_string_of((const char *)token->bytes, token->length));
}

static void open_container(struct reader *reader, struct value *container, uint64_t count)
{
	bool keyed = value_is(container, VALUE_DICTIONARY);

	if (count > reader->max_entries || reader->depth == VALUE_MAX_DEPTH) {
		value_free(container);
		refuse(reader);
		return;
	}
	add(reader, container);
	if (reader->error)
		return;
	value_reserve(container, count);
	reader->levels[reader->depth++] = (struct level){
		.container = container,
		.remaining = count,
		.keyed = keyed,
	};
}

static void take(struct reader *reader, const struct cbor_token *token)
{
	switch (token->kind) {
	case CBOR_UNSIGNED:
	case CBOR_NEGATIVE:
		add_integer(reader, token);
		break;
	case CBOR_BYTES:
		add(reader, value_data(token->bytes, token->length));
		break;
	case CBOR_TEXT:
		add_text(reader, token);
		break;
	case CBOR_ARRAY:
		open_container(reader, value_array(), token->number);
		break;
	case CBOR_MAP:
		open_container(reader, value_dictionary(), token->number);
		break;
	case CBOR_TAG:
		if (token->number != CBOR_TAG_DATE || reader->date)
			refuse(reader);
		reader->date = true;
		break;
	case CBOR_BOOLEAN:
		add(reader, value_boolean(token->number));
		break;
	case CBOR_NULL:
		add(reader, value_null());
		break;
	case CBOR_DOUBLE:
		if (isfinite(token->real))
			add(reader, value_real(token->real));
		else
			refuse(reader);
		break;
	case CBOR_OPEN_MAP:
	case CBOR_BREAK:
	case CBOR_REFUSED:
		refuse(reader);
		break;
	}
	close_full(reader);
}

int cbor_value_read(const void *bytes, size_t length, size_t max_entries, struct value **ret_value)
{
	struct reader reader = {
		.max_entries = max_entries,
		.values_left = max_entries * CBOR_VALUES_PER_ENTRY,
	};
	const uint8_t *next = bytes;
	struct cbor_token token;
	size_t taken;

	do {
		taken = cbor_token_read(next, length, &token);
		next += taken;
		length -= taken;
		take(&reader, &token);
	} while (!reader.error && (reader.depth || !reader.root));
	if (length)
		refuse(&reader);
	if (reader.error)
		value_free(reader.root);
	else
		*ret_value = reader.root;
	return reader.error;
}
