/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The content of a keybag, tag by tag: a table for people, or members of JSON. Bytes that a guess could be tested with, or
 * that a key is made of, are shown by length and by the beginning of their SHA-256, unless they are asked for.
 */
#ifndef KEYBAGCTL_INSPECT_ROWS_H
#define KEYBAGCTL_INSPECT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum inspect_kind {
	INSPECT_RECORD,		/* its fields are the rows that follow, until one has a tag */
	INSPECT_NUMBER,
	INSPECT_UUID,
	INSPECT_NAME,		/* bytes that only name something: shown whole */
	INSPECT_BYTES,		/* bytes that are shown whole if they are asked for */
};

struct inspect_row {
	size_t offset, length;	/* of a tag: where it begins, and the length of its value; of a field: its own */
	const char *tag;	/* NULL: a field of the record above */
	const char *name;	/* NULL: the tag is not known */
	enum inspect_kind kind;
	uint64_t number;
	const char *meaning;	/* of the number; NULL: it speaks for itself */
	const uint8_t *bytes;
};

struct inspect_output {
	bool json, hex;
	bool in_record;
};

/* The line above the table; the member "tags". */
void inspect_begin(struct inspect_output *output);
void inspect_row(struct inspect_output *output, const struct inspect_row *row);
void inspect_end(struct inspect_output *output);

#endif /* KEYBAGCTL_INSPECT_ROWS_H */
