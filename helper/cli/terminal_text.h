/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether bytes may go to a terminal: lines of text, and nothing that steers it.
 */
#ifndef CLI_TERMINAL_TEXT_H
#define CLI_TERMINAL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether all of it is text in lines; tabs may be in it. */
bool terminal_text(const void *bytes, size_t length);

/* The same of parts, one after the other. Holds the beginning of a character that a part ends within. */
struct terminal_text {
	char rest[4];
	size_t length, wanted;
};

/* @last: nothing follows. */
bool terminal_text_part(struct terminal_text *text, const void *bytes, size_t length, bool last);

#endif
