/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of a value, for what goes through many of them: value.c and the CBOR of values. Everything else asks value.h.
 */
#ifndef KEYCHAIN_VALUE_NODE_H
#define KEYCHAIN_VALUE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "value_kind.h"

#define VALUE_SHORT_KEY	24	/* with its zero: longer ones have memory of their own */

struct value;

struct value_entry {
	struct value *element;
	char *long_key;		/* NULL: the key, if any, is in here */
	union {
		uint64_t start;	/* of the key, filled up with zeros; in short and long keys */
		char key[VALUE_SHORT_KEY];
	};
};

struct value {
	enum value_kind kind;
	union {
		bool boolean;
		int64_t integer;
		double real;
		size_t length;			/* of a string or data */
		struct {
			struct value_entry *entries;
			size_t count;
			size_t capacity;
		} list;
	};
	uint8_t bytes[];	/* of a string or data: one more than length, zero */
};

static inline const char *value_entry_key(const struct value_entry *entry)
{
	return entry->long_key ? entry->long_key : entry->key;
}

/* explicit_bzero() of something small, without a call. */
#define VALUE_WIPE(object) \
	do { \
		memset((object), 0, sizeof(*(object))); \
		__asm__ volatile("" : : "r"(object) : "memory"); \
	} while (0)

#endif
