/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text that others chose, shown to people: what would steer a terminal, or make a line read as another
 * one, is escaped. That are control characters, those of the direction of text (U+061C, U+200E and
 * U+200F, U+202A to U+202E, U+2066 to U+206F), separators of lines and paragraphs, and bytes that are
 * no UTF-8.
 */
#ifndef KEYBAG_COMMON_PRINTABLE_H
#define KEYBAG_COMMON_PRINTABLE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* U+FFFD, and one byte, for a byte that is no UTF-8. @length: 1 or more. */
size_t printable_character(const char *text, size_t length, uint32_t *ret_character);

/* Whether the character may be shown as it is. */
bool printable(uint32_t character);
bool printable_text(const char *text, size_t length);

/* Writes it with "\x0a" for each byte of ASCII or without meaning, "\u202e" for others. */
void printable_write(FILE *file, const char *text, size_t length);

/* The same of what printf(3) makes of it, and the end of a line. */
__attribute__((format(printf, 2, 3)))
void printable_line(FILE *file, const char *format, ...);
__attribute__((format(printf, 2, 0)))
void printable_line_of(FILE *file, const char *format, va_list arguments);

#endif /* KEYBAG_COMMON_PRINTABLE_H */
