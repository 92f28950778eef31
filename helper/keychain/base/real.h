/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers with a point, as JSON has them, whatever locale the program has chosen.
 */
#ifndef KEYCHAIN_REAL_H
#define KEYCHAIN_REAL_H

#include <stddef.h>

#define REAL_TEXT_SIZE	40

/* As strtod(3), of a text that is a number and nothing else; infinite: too large. */
double real_parse(const char *text);

/* The text that is read as the same number again. */
void real_format(double real, char text[REAL_TEXT_SIZE]);

#endif
