/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef KEYCHAIN_UTF8_H
#define KEYCHAIN_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether it is UTF-8 as RFC 3629 has it: shortest forms, no surrogates, up to U+10FFFF. NUL is
 * allowed.
 */
bool utf8_valid(const void *text, size_t length);

#endif
