/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values as JSON, as json_parse.h has them.
 */
#ifndef KEYCHAIN_JSON_FORMAT_H
#define KEYCHAIN_JSON_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "value.h"

/*
 * NUL-terminated text, to be released by json_free(), which wipes it. @indent: one entry a line.
 * Returns 0 or -ENOMEM.
 */
int json_format(const struct value *value, bool indent, char **ret_text, size_t *ret_length);
void json_free(char *text, size_t length);

#endif
