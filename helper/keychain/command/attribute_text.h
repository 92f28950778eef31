/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes as text of a command line, and for people.
 */
#ifndef KEYCHAIN_CLI_ATTRIBUTE_TEXT_H
#define KEYCHAIN_CLI_ATTRIBUTE_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "helper/keychain/base/value.h"

/*
 * The value of attribute @key that @text means: numbers and booleans by the attribute's type, data
 * as "hex:0a0b" or "base64:Cgs=", text with escapes as "text:a\x0a", all else as the text that it is. Own attributes
 * are one pair NAME=VALUE, several as JSON, or "" for none.
 * NULL: it means none, or there is no memory.
 */
struct value *attribute_value(const char *key, const char *text);

/* Whether attribute @key may have that value: a port has 16 bits. */
bool attribute_in_range(const char *key, const struct value *value);

/* Whether @text names a protection class. */
bool is_accessible(const char *text);

/* The values that attribute @key takes in place of @text, which is none; part of a sentence. */
const char *attribute_takes(const char *key, const char *text);

/*
 * Prints it in one line, as attribute_value() reads it again; what could steer a terminal, or looks
 * like data, as "text:" with escapes.
 */
void attribute_print(FILE *file, const struct value *value);

/* The same of that attribute, by its key or name: text that it would take for a number is told apart from one. */
void attribute_print_of(FILE *file, const char *attribute, const struct value *value);

#endif
