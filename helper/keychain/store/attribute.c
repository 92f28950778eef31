// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/attribute.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define GENP	(1U << ITEM_GENERIC)
#define INET	(1U << ITEM_INTERNET)
#define CERT	(1U << ITEM_CERTIFICATE | 1U << ITEM_IDENTITY)
#define KEYS	(1U << ITEM_KEY | 1U << ITEM_IDENTITY)
#define ALL	(GENP | INET | CERT | KEYS)
#define NONE	0

#define SLOTS	256	/* three times as many as there are attributes */

#define HASHED(name, kind, classes, unique) \
	{ \
		name, ATTRIBUTE_##kind, classes, unique, true, NULL, false \
	}
#define JOINED(name, classes, unique) \
	{ \
		name, ATTRIBUTE_BYTES, classes, unique, true, "join", false \
	}
#define NAME_FORM(name, classes, unique) \
	{ \
		name, ATTRIBUTE_BYTES, classes, unique, true, NULL, true \
	}
#define PLAIN(name, kind, classes, unique) \
	{ \
		name, ATTRIBUTE_##kind, classes, unique, false, NULL, false \
	}

/*
 * The order is part of the row format: it is the order of columns in associated data. Append
 * only.
 */
static const struct attribute attributes[] = {
	HASHED("acct", TEXT, GENP | INET, GENP | INET),
	HASHED("svce", TEXT, GENP, GENP),
	HASHED("sdmn", TEXT, INET, INET),
	HASHED("srvr", TEXT, INET, INET),
	HASHED("ptcl", MIXED, INET, INET),
	HASHED("atyp", MIXED, INET, INET),
	HASHED("port", NUMBER, INET, INET),
	HASHED("path", TEXT, INET, INET),
	HASHED("ctyp", NUMBER, CERT, CERT),
	NAME_FORM("issr", CERT, CERT),
	HASHED("slnr", BYTES, CERT, CERT),
	HASHED("cenc", NUMBER, CERT, NONE),
	NAME_FORM("subj", CERT, NONE),
	HASHED("skid", BYTES, CERT, NONE),
	JOINED("pkhh", CERT, NONE),
	HASHED("kcls", NUMBER, KEYS, KEYS),
	JOINED("klbl", KEYS, KEYS),
	HASHED("atag", BYTES, KEYS, KEYS),
	HASHED("crtr", MIXED, GENP | INET | KEYS, KEYS),
	HASHED("type", MIXED, GENP | INET | KEYS, KEYS),
	HASHED("bsiz", NUMBER, KEYS, KEYS),
	HASHED("esiz", NUMBER, KEYS, KEYS),
	HASHED("sdat", DATE, KEYS, KEYS),
	HASHED("edat", DATE, KEYS, KEYS),
	HASHED("perm", NUMBER, KEYS, NONE),
	HASHED("priv", NUMBER, KEYS, NONE),
	HASHED("modi", NUMBER, KEYS, NONE),
	HASHED("sens", NUMBER, KEYS, NONE),
	HASHED("asen", NUMBER, KEYS, NONE),
	HASHED("extr", NUMBER, KEYS, NONE),
	HASHED("next", NUMBER, KEYS, NONE),
	HASHED("encr", NUMBER, KEYS, NONE),
	HASHED("decr", NUMBER, KEYS, NONE),
	HASHED("drve", NUMBER, KEYS, NONE),
	HASHED("sign", NUMBER, KEYS, NONE),
	HASHED("vrfy", NUMBER, KEYS, NONE),
	HASHED("snrc", NUMBER, KEYS, NONE),
	HASHED("vyrc", NUMBER, KEYS, NONE),
	HASHED("wrap", NUMBER, KEYS, NONE),
	HASHED("unwp", NUMBER, KEYS, NONE),
	HASHED("desc", TEXT, GENP | INET, NONE),
	HASHED("icmt", TEXT, GENP | INET, NONE),
	HASHED("scrp", NUMBER, GENP | INET, NONE),
	HASHED("invi", NUMBER, GENP | INET, NONE),
	HASHED("nega", NUMBER, GENP | INET, NONE),
	HASHED("cusi", NUMBER, GENP | INET, NONE),
	HASHED("prot", TEXT, GENP | INET, NONE),
	HASHED("gena", BYTES, GENP, NONE),
	HASHED("labl", TEXT, ALL, NONE),
	HASHED("alis", BYTES, ALL, NONE),
	HASHED("vwht", TEXT, ALL, ALL),
	HASHED("tkid", TEXT, ALL, ALL),
	/* Identifier of the application that added it. */
	{ "appl", ATTRIBUTE_INTERNAL, ALL, NONE, true, NULL, false },
	PLAIN("agrp", GROUP, ALL, ALL),
	PLAIN("sync", SYNCHRONIZABLE, ALL, ALL),
	PLAIN("pdmn", PROTECTION, ALL, NONE),
	PLAIN("accc", ACCESS_CONTROL, ALL, NONE),
	PLAIN("cdat", DATE, ALL, NONE),
	PLAIN("mdat", DATE, ALL, NONE),
	PLAIN("binn", SECRET, INET, NONE),
	PLAIN("binh", SECRET, INET, NONE),
	PLAIN("bin0", SECRET, INET, NONE),
	PLAIN("bin1", SECRET, INET, NONE),
	PLAIN("bin2", SECRET, INET, NONE),
	PLAIN("bin3", SECRET, INET, NONE),
	PLAIN("musr", INTERNAL, NONE, NONE),
	PLAIN("tomb", INTERNAL, NONE, NONE),
	PLAIN("sha1", INTERNAL, NONE, NONE),
	PLAIN("UUID", INTERNAL, NONE, NONE),
	PLAIN("ggrp", INTERNAL, NONE, NONE),
	PLAIN("clip", INTERNAL, NONE, NONE),
	PLAIN("attr", OWN, ALL, NONE),
};

_Static_assert(sizeof(attributes) / sizeof(attributes[0]) <= ATTRIBUTE_MAX_COUNT, "a set of them has a bit for each");

static const char *const class_names[ITEM_CLASSES] = { "genp", "inet", "cert", "keys", "idnt" };

const char *item_class_name(enum item_class item_class)
{
	return class_names[item_class];
}

bool item_class_by_name(const char *name, enum item_class *ret_class)
{
	for (unsigned int i = 0; i < ITEM_CLASSES; i++) {
		if (!strcmp(name, class_names[i])) {
			*ret_class = i;
			return true;
		}
	}
	return false;
}

size_t attribute_count(void)
{
	return sizeof(attributes) / sizeof(attributes[0]);
}

const struct attribute *attribute_at(size_t index)
{
	return &attributes[index];
}

size_t attribute_index(const struct attribute *attribute)
{
	return (size_t)(attribute - attributes);
}

/* Each has four letters: a table by a hash of them, made once. Zero is an empty slot, others are one more than the index. */
static uint8_t slots[SLOTS];

static uint32_t letters(const char *name)
{
	uint32_t word;

	memcpy(&word, name, sizeof(word));
	return word;
}

static uint8_t *slot_of(uint32_t word)
{
	uint32_t slot = word * 2654435761U >> 24;

	while (slots[slot] && letters(attributes[slots[slot] - 1].name) != word)
		slot = (slot + 1) % SLOTS;
	return &slots[slot];
}

static void fill_slots(void)
{
	for (size_t i = 0; i < attribute_count(); i++)
		*slot_of(letters(attributes[i].name)) = (uint8_t)(i + 1);
}

const struct attribute *attribute_by_name(const char *name)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint8_t found;

	if (strlen(name) != sizeof(uint32_t))
		return NULL;
	pthread_once(&once, fill_slots);
	found = *slot_of(letters(name));
	return found ? &attributes[found - 1] : NULL;
}

struct value *attribute_default(const struct attribute *attribute)
{
	switch (attribute->kind) {
	case ATTRIBUTE_BYTES:
		return value_data(NULL, 0);
	case ATTRIBUTE_NUMBER:
	case ATTRIBUTE_SYNCHRONIZABLE:
		return value_integer(0);
	case ATTRIBUTE_DATE:
		return value_date(0);
	default:
		return value_string("");
	}
}

const void *attribute_bytes(const struct value *value, char *buffer, size_t *ret_length)
{
	int64_t number;

	switch (value_kind(value)) {
	case VALUE_STRING:
	case VALUE_DATA:
		return value_bytes(value, ret_length);
	case VALUE_INTEGER:
		number = value_as_integer(value);
		break;
	case VALUE_DATE:
		number = value_as_date(value);
		break;
	default:
		number = 0;
	}
	*ret_length = 0;
	if (number)
		*ret_length = (size_t)snprintf(buffer, ATTRIBUTE_BUFFER_SIZE, "%" PRId64, number);
	return buffer;
}

bool attribute_equal(const struct value *a, const struct value *b)
{
	char buffer_a[ATTRIBUTE_BUFFER_SIZE], buffer_b[ATTRIBUTE_BUFFER_SIZE];
	size_t length_a, length_b;
	const void *bytes_a = attribute_bytes(a, buffer_a, &length_a);
	const void *bytes_b = attribute_bytes(b, buffer_b, &length_b);

	return length_a == length_b && !memcmp(bytes_a, bytes_b, length_a);
}
