// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The strength of passcodes, as keybagctl estimates it.
 */
#include <string.h>

#include "cli/strength.h"
#include "lib/tap.h"

static enum strength rated(const char *passcode)
{
	return strength_of(strength_estimate((const uint8_t *)passcode, strlen(passcode), "annabella"));
}

static void poor_ones(void)
{
	static const char *const passcodes[] = {
		"", "a", "1234", "123456789012", "aaaaaaaaaaaaaaaaaaaa", "abcdefghijklmnop", "qwertyuiop", "QWERTZ",
		"password", "Password1!", "annabella", "Annabella7", "annabella-password", "abcabcabcabcabcabc", "2911",
		"zxcvbnm,./", "anna", "letmeinletmein", "\u043f\u0430\u0440\u043e\u043b\u044c", "\u65e5\u672c\u8a9e",
	};

	for (size_t i = 0; i < sizeof(passcodes) / sizeof(passcodes[0]); i++)
		if (!check(rated(passcodes[i]) == STRENGTH_VERY_WEAK))
			printf("# of \"%s\"\n", passcodes[i]);
	tap_test("what is found at once is very weak");
}

static void better_ones(void)
{
	check(rated("Summer2026") == STRENGTH_WEAK);
	check(rated("correct horse") == STRENGTH_WEAK);
	check(rated("Tr0ub4dor&3") == STRENGTH_FAIR);
	check(rated("plum visit hedge orbit knave") == STRENGTH_GOOD);
	check(rated("v8#Kq2!xW0zR") == STRENGTH_GOOD);
	/* Any bytes, zeros among them. */
	check(strength_estimate((const uint8_t[]){ 0, 200, 0, 255 }, 4, "") > 0);
	tap_test("better ones");
}

/* More of it is never weaker, unless the whole becomes a repetition. */
static void longer_ones(void)
{
	const char *text = "plum visit hedge orbit knave";
	unsigned int before = 0;

	for (size_t length = 0; length <= strlen(text); length++) {
		unsigned int bits = strength_estimate((const uint8_t *)text, length, "");

		check(bits >= before);
		before = bits;
	}
	tap_test("longer is not weaker");
}

static void said(void)
{
	for (enum strength strength = STRENGTH_VERY_WEAK; strength <= STRENGTH_GOOD; strength++)
		check(strlen(strength_text(strength)) > 10);
	tap_test("each is said in words");
}

int main(void)
{
	tap_start();
	poor_ones();
	better_ones();
	longer_ones();
	said();
	return tap_end();
}
