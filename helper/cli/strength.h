/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A low estimate of the work to guess a passcode, for a word of advice. It knows no dictionary: letters
 * in a row are taken for words, digits in a row for dates, and what repeats or counts up adds next to nothing.
 */
#ifndef CLI_STRENGTH_H
#define CLI_STRENGTH_H

#include <stddef.h>
#include <stdint.h>

enum strength {
	STRENGTH_VERY_WEAK,	/* under 20 bits */
	STRENGTH_WEAK,		/* under 32 bits */
	STRENGTH_FAIR,		/* under 48 bits */
	STRENGTH_GOOD,
};

/* In tenths of a bit. @user: the name of the account, which is no secret; "" for none. */
unsigned int strength_estimate(const uint8_t *passcode, size_t length, const char *user);

enum strength strength_of(unsigned int tenths);

/* "weak: …", for people. */
const char *strength_text(enum strength strength);

#endif /* CLI_STRENGTH_H */
