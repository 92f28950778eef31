/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of requests and answers: what a query dictionary is made of, in memory.
 *
 * A value owns what it contains. Freeing wipes every byte, because any of them may be a secret;
 * programs that handle secrets lock their memory besides.
 */
#ifndef KEYCHAIN_VALUE_H
#define KEYCHAIN_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "value_kind.h"

/* Bounds of everything that is parsed into values. */
#define VALUE_MAX_DEPTH		8
#define VALUE_MAX_ENTRIES	1024	/* of one array or dictionary in a request */
#define VALUE_MAX_KEY		255	/* bytes of a dictionary's key */

struct value;

struct value *value_null(void);
struct value *value_boolean(bool boolean);
struct value *value_integer(int64_t integer);
struct value *value_real(double real);
struct value *value_string(const char *text);
struct value *value_string_of(const char *text, size_t length);
struct value *value_data(const void *bytes, size_t length);
/*
 * Zeroed bytes to be written by value_bytes_mutable(): secrets are decrypted into place, not
 * copied.
 */
struct value *value_data_new(size_t length);
/* The same of bytes of CBOR, which are written by value_bytes_mutable() as well. */
struct value *value_encoded_new(size_t length);
struct value *value_date(int64_t milliseconds);
struct value *value_array(void);
struct value *value_dictionary(void);
struct value *value_copy(const struct value *value);

/* Wipes and frees it and what it contains. NULL is allowed. */
void value_free(struct value *value);

/*
 * Constructors and the four below return NULL, or -ENOMEM, without memory. They take @element, also
 * when they fail. value_add() is for a @key that is known not to be there, and does not look for it.
 */
int value_append(struct value *array, struct value *element);
int value_set(struct value *dictionary, const char *key, struct value *element);
int value_add(struct value *dictionary, const char *key, struct value *element);
/* The same of a key of @length bytes, none of which is zero. -EEXIST: it is there already. */
int value_add_once(struct value *dictionary, const char *key, size_t length, struct value *element);
void value_remove(struct value *dictionary, const char *key);

/* Moves all of @from, another array, behind what @array has; @from is empty then. Returns 0, -ENOMEM or -EINVAL, with both as before. */
int value_append_all(struct value *array, struct value *from);

/* Makes room for so many entries, as far as that is sensible before they have come. */
void value_reserve(struct value *list, size_t count);

/* VALUE_NULL for NULL. */
enum value_kind value_kind(const struct value *value);
bool value_is(const struct value *value, enum value_kind kind);
bool value_equal(const struct value *a, const struct value *b);

/*
 * The content of a value of the right kind, or false, 0, NULL. Strings and keys are NUL-terminated besides their
 * length.
 */
bool value_as_boolean(const struct value *value);
int64_t value_as_integer(const struct value *value);
double value_as_real(const struct value *value);
int64_t value_as_date(const struct value *value);
const char *value_as_string(const struct value *value);
/* The same of a string without a NUL inside, to compare with names; NULL where there is one. */
const char *value_as_name(const struct value *value);
/* The bytes of a string, of data or of encoded CBOR. */
const void *value_bytes(const struct value *value, size_t *ret_length);
void *value_bytes_mutable(struct value *data, size_t *ret_length);
/* Drops and wipes what follows @length bytes: padding, once a secret was decrypted into place. */
void value_truncate(struct value *data, size_t length);

/* The elements of an array or dictionary. */
size_t value_count(const struct value *value);
struct value *value_at(const struct value *value, size_t index);
/* Valid until an entry is added or removed. */
const char *value_key_at(const struct value *dictionary, size_t index);
/* NULL where there is none. */
struct value *value_get(const struct value *dictionary, const char *key);

#endif
