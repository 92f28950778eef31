// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/terminal_text.h"

#include <string.h>

#include "common/printable.h"

bool terminal_text(const void *bytes, size_t length)
{
	const char *text = bytes;
	size_t start = 0;

	/* Lines and tabs are text; any other control character could steer the terminal. */
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\n' && text[i] != '\t')
			continue;
		if (!printable_text(text + start, i - start))
			return false;
		start = i + 1;
	}
	return printable_text(text + start, length - start);
}

/* Bytes of the character that begins with @first; 0: none begins with it. */
static size_t character_length(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
}

/* Bytes at the end of a part that begin a character and do not end it. */
static size_t open_end(const char *text, size_t length, size_t *ret_wanted)
{
	for (size_t back = 1; back <= 3 && back <= length; back++) {
		size_t wanted = character_length((unsigned char)text[length - back]);

		if (!wanted)
			continue;
		*ret_wanted = wanted;
		return wanted > back ? back : 0;
	}
	return 0;
}

bool terminal_text_part(struct terminal_text *text, const void *bytes, size_t length, bool last)
{
	const char *part = bytes;
	size_t more = 0, open;

	if (text->length) {
		more = text->wanted - text->length;
		if (more > length)
			more = length;
		memcpy(text->rest + text->length, part, more);
		text->length += more;
		if (text->length < text->wanted)
			return !last;
		if (!terminal_text(text->rest, text->length))
			return false;
		text->length = 0;
	}
	part += more;
	length -= more;
	open = last ? 0 : open_end(part, length, &text->wanted);
	memcpy(text->rest, part + length - open, open);
	text->length = open;
	return terminal_text(part, length - open);
}
