/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recovery code as people write it down: six groups of five characters,
 *
 *   7KQ2M-0ZX4T-B9WFD-1H6RC-GN3VY-P8EJA
 *
 * base 32 (digits and letters without I, L, O, U) of 128 random bits and a 22-bit checksum (the upper
 * bits of CRC-24 of RFC 9580), so that a slip of the pen is told from a wrong code and never counts as
 * a guess. Reading takes any case, spaces and dashes; I and L count as 1, O as 0. The checksum tells also whose it is:
 * that of an organisation begins from another value, so that nobody has to say which of a keybag's codes was typed.
 */
#ifndef KEYBAG_COMMON_RECOVERY_CODE_H
#define KEYBAG_COMMON_RECOVERY_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECOVERY_SECRET_SIZE	16
#define RECOVERY_CODE_LENGTH	35	/* without a terminator */

enum recovery_code_kind {
	RECOVERY_CODE_OWN,		/* of the keybag's owner */
	RECOVERY_CODE_ORGANISATION,	/* what an organisation finds in what is sealed to it */
};

/* Writes RECOVERY_CODE_LENGTH characters, not terminated. */
void recovery_code_format(enum recovery_code_kind kind, const uint8_t secret[RECOVERY_SECRET_SIZE], char *ret_code);

/* Whether @typed is @part, a part of a code without dashes, as the code is read: any case, O for 0, I and L for 1. */
bool recovery_code_is_part(const char *typed, const char *part, size_t length);

/* Returns 0, or -EINVAL: not a code, or mistyped. */
int recovery_code_parse(const char *code, size_t length, enum recovery_code_kind *ret_kind,
			uint8_t ret_secret[RECOVERY_SECRET_SIZE]);

#endif /* KEYBAG_COMMON_RECOVERY_CODE_H */
