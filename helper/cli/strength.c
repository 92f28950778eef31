// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/strength.h"

#include "common/translate.h"

#include <stdbool.h>
#include <string.h>

/* Tenths of a bit a character. */
#define REPEATED	3	/* as the one before, the next or previous one of the alphabet, or of a keyboard's row */
#define IN_WORD		18	/* a letter behind a letter: a word of six has 13 bits, a list of 10000 words */
#define BETWEEN		10	/* a space or dash behind a letter or digit */
#define IN_NUMBER	28	/* a digit behind a digit: dates and years more often than chance */
#define SINGLE		45	/* any other change of kind */
#define COMMON_PART	30	/* a whole word of the lists below, or the user's name */

#define ROWS		4

static const char *const rows[ROWS] = { "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz" };

/* Parts that lists of leaked passwords begin with. */
static const char *const common[] = {
	"password", "passwort", "passcode", "letmein", "welcome", "admin", "login", "master", "dragon", "monkey",
	"iloveyou", "sunshine", "princess", "football", "baseball", "shadow", "michael", "superman", "trustno1",
	"secret", "hallo", "hello", "keybag", "linux", "test",
};

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

static bool is_letter(uint8_t c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Whether @part stands at the beginning of @text, in any case. */
static bool begins(const uint8_t *text, size_t length, const char *part)
{
	size_t i;

	for (i = 0; part[i]; i++)
		if (i >= length || lower(text[i]) != lower((uint8_t)part[i]))
			return false;
	return i > 0;
}

/* Length of a common part at the beginning of @text, 0: none. */
static size_t common_part(const uint8_t *text, size_t length, const char *user)
{
	if (strlen(user) >= 3 && begins(text, length, user))
		return strlen(user);
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (begins(text, length, common[i]))
			return strlen(common[i]);
	return 0;
}

static bool side_by_side(uint8_t one, uint8_t other)
{
	for (size_t i = 0; i < ROWS; i++) {
		const char *first = strchr(rows[i], one), *second = strchr(rows[i], other);

		if (first && second && (first - second == 1 || second - first == 1))
			return true;
	}
	return false;
}

/* The estimate of @c behind @before, which is 0 at the beginning. */
static unsigned int value_of(uint8_t before, uint8_t c)
{
	int step = (int)c - (int)before;

	if (!before || !c)
		return SINGLE;
	/* A character that is not ASCII counts with its first byte, as a letter: other scripts have their common words, too. */
	if (c >= 0x80 && c < 0xc0 && before >= 0x80)
		return 0;
	if ((c >= 0x80 || is_letter(c)) && (before >= 0x80 || (c >= 0x80 && is_letter(before))))
		return IN_WORD;
	if (step >= -1 && step <= 1)
		return REPEATED;
	if (strchr(" -_.,", c))
		return BETWEEN;
	/* A capital in the middle of a word is a choice; the common spellings are in the list above. */
	if (is_letter(c) && is_letter(before) && lower(c) != c && lower(before) == before)
		return SINGLE;
	if (is_letter(c) && is_letter(before))
		return side_by_side(lower(before), lower(c)) ? REPEATED : IN_WORD;
	if (is_digit(c) && is_digit(before))
		return IN_NUMBER;
	return SINGLE;
}

/* Whether all of it from @at on is what stands @period before. */
static bool repeats(const uint8_t *text, size_t length, size_t at, size_t period)
{
	for (size_t i = at; i < length; i++)
		if (text[i] != text[i - period])
			return false;
	return true;
}

unsigned int strength_estimate(const uint8_t *passcode, size_t length, const char *user)
{
	unsigned int tenths = 0;
	uint8_t before = 0;
	size_t i = 0;

	while (i < length) {
		size_t part = common_part(passcode + i, length - i, user);
		size_t period = 0;

		for (size_t p = 2; !period && p <= i && p <= length - i; p++)
			if (repeats(passcode, length, i, p))
				period = p;
		if (period)
			return tenths + 2 * SINGLE;
		tenths += part ? COMMON_PART : value_of(before, passcode[i]);
		i += part ? part : 1;
		before = passcode[i - 1];
	}
	explicit_bzero(&before, sizeof(before));
	return tenths;
}

enum strength strength_of(unsigned int tenths)
{
	if (tenths < 200)
		return STRENGTH_VERY_WEAK;
	if (tenths < 320)
		return STRENGTH_WEAK;
	return tenths < 480 ? STRENGTH_FAIR : STRENGTH_GOOD;
}

const char *strength_text(enum strength strength)
{
	static const char *const texts[] = {
		[STRENGTH_VERY_WEAK] = N_("very weak: anyone who has the disk finds it within minutes"),
		[STRENGTH_WEAK] = N_("weak: anyone who has the disk may find it within days"),
		[STRENGTH_FAIR] = N_("fair: finding it takes much effort"),
		[STRENGTH_GOOD] = N_("good, if it is not a quotation and you use it nowhere else"),
	};

	return texts[strength];
}
