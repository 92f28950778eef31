// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges sealed forms: reads u32 length and that many bytes, until the end of input; prints for
 * each the name of the error, or "ok" and the bytes it would write, as hex, without the trailer.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "keybag/bytes.h"
#include "keybag/form.h"

static void judge(const u8 *bytes, u32 length)
{
	struct kb_form *form = malloc(sizeof(*form));
	u8 *out = malloc(KB_FORM_MAX_SIZE);
	int size, i;

	switch (kb_form_parse(form, bytes, length)) {
	case 0:
		size = kb_form_write(out, KB_FORM_MAX_SIZE, form);
		if (size < 0)
			errx(1, "a form that parses cannot be written");
		printf("ok ");
		for (i = 0; i < size - KB_FORM_TRAILER_SIZE; i++)
			printf("%02x", out[i]);
		putchar('\n');
		break;
	case -EBADMSG:
		puts("EBADMSG");
		break;
	case -EPROTONOSUPPORT:
		puts("EPROTONOSUPPORT");
		break;
	default:
		errx(1, "an error that the contract does not name");
	}
	free(out);
	free(form);
}

int main(void)
{
	u8 prefix[4];

	while (fread(prefix, sizeof(prefix), 1, stdin) == 1) {
		u32 length = kb_get_le32(prefix);
		u8 *bytes = malloc(length ? length : 1);

		if (!bytes || (length && fread(bytes, length, 1, stdin) != 1))
			errx(1, "input ends early");
		judge(bytes, length);
		free(bytes);
	}
	return 0;
}
