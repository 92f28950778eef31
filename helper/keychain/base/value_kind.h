/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kinds of values. Some of these numbers stand in rows (docs/keychain-format.md): append only.
 */
#ifndef KEYCHAIN_VALUE_KIND_H
#define KEYCHAIN_VALUE_KIND_H

enum value_kind {
	VALUE_NULL = 0,
	VALUE_BOOLEAN,
	VALUE_INTEGER,		/* int64_t */
	VALUE_REAL,		/* finite double */
	VALUE_STRING,		/* UTF-8, may contain NUL */
	VALUE_DATA,		/* bytes */
	VALUE_DATE,		/* int64_t, milliseconds since 1970-01-01 UTC */
	VALUE_ARRAY,
	VALUE_DICTIONARY,	/* keys are text, each once, in the order of insertion */
	VALUE_ENCODED,		/* bytes of CBOR: what is written to an answer, and not looked at before */
};

#endif
