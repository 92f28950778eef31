// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/answer.h"

#include <string.h>
#include <strings.h>

#include "common/translate.h"

/* Translators: the word that is typed to agree; its first letter is enough where "(Y/n)" was shown. */
#define YES	N_("yes")

bool answer_is_yes(const char *answer)
{
	return !strcmp(answer, YES) || !strcmp(answer, _(YES));
}

/* Its first character, which may be several bytes. */
static bool begins_as(const char *answer, const char *word)
{
	size_t length = 1;

	while (((unsigned char)word[length] & 0xc0) == 0x80)
		length++;
	return !strncasecmp(answer, word, length);
}

bool answer_begins_yes(const char *answer)
{
	return begins_as(answer, YES) || begins_as(answer, _(YES));
}
