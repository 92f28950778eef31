// SPDX-License-Identifier: GPL-2.0-or-later
#include "question.h"

#include <stdio.h>

#include "helper/common/printable.h"

/* Whole characters. */
static size_t shown_length(struct bytes comment)
{
	const char *text = (const char *)comment.data;
	uint32_t character;
	size_t at = 0, size;

	while (at < comment.length) {
		size = printable_character(text + at, comment.length - at, &character);
		if (at + size > COMMENT_SHOWN)
			break;
		at += size;
	}
	return at;
}

void question_put(struct bytes comment, const char *fingerprint, struct buffer *to)
{
	char *text CLEANUP_FREE = NULL;
	size_t length, shown = shown_length(comment);
	FILE *file = open_memstream(&text, &length);

	if (!file) {
		to->failed = true;
		return;
	}
	fputs("Allow use of key ", file);
	printable_write(file, (const char *)comment.data, shown);
	fprintf(file, "%s?\nKey fingerprint %s.", shown < comment.length ? "…" : "", fingerprint);
	if (fclose(file))
		to->failed = true;
	else
		buffer_text(to, text);
}
