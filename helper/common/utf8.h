/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UTF-8 as RFC 3629 has it: shortest forms, no surrogates, up to U+10FFFF.
 */
#ifndef KEYBAG_COMMON_UTF8_H
#define KEYBAG_COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes, 1 to 4, of the character that the @length bytes at @text begin with; 0: none. NUL is one. */
size_t utf8_character(const void *text, size_t length);

/* Whether all of it is. */
bool utf8_valid(const void *text, size_t length);

/* Puts a question mark in the place of each byte of @text that belongs to no character. */
void utf8_mend(char *text);

#endif /* KEYBAG_COMMON_UTF8_H */
