/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: one table of options for all commands, each of which takes some of them.
 */
#ifndef KEYBAGCTL_ARGUMENTS_H
#define KEYBAGCTL_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "libkeybag/keybag.h"

/* Options, as bits. */
enum {
	OPTION_TARGET		= 1 << 0,	/* --user, --uuid, --system */
	OPTION_JSON		= 1 << 1,
	OPTION_KDF		= 1 << 2,	/* --kdf-memory, --kdf-passes */
	OPTION_NO_PASSCODE	= 1 << 3,
	OPTION_FULL		= 1 << 4,
	OPTION_ALL		= 1 << 5,
	OPTION_REASON		= 1 << 6,
	OPTION_FIRST_ONLY	= 1 << 7,
	OPTION_RECOVERY		= 1 << 8,
	OPTION_SET		= 1 << 9,
	OPTION_REMOVE		= 1 << 10,
	OPTION_CLASS		= 1 << 11,
	OPTION_AAD		= 1 << 12,
	OPTION_NEW_AAD		= 1 << 13,
	OPTION_FILES		= 1 << 14,	/* --in, --out */
	OPTION_GENERATE		= 1 << 15,
	OPTION_REPLACE		= 1 << 16,
	OPTION_RENAMED		= 1 << 17,
	OPTION_YES		= 1 << 18,
	OPTION_TO		= 1 << 19,	/* --to-user, --to-system */
	OPTION_IF_MISSING	= 1 << 20,
	OPTION_STREAM		= 1 << 21,
	OPTION_FORCE		= 1 << 22,
	OPTION_HEX		= 1 << 23,
	OPTION_TPM		= 1 << 24,
	OPTION_NO_TPM		= 1 << 25,
	OPTION_NO_RECOVERY	= 1 << 26,
};

#define ARGUMENTS_HELP	256

struct arguments {
	unsigned int given;		/* options */
	bool whose_given;
	struct keybag_whose whose;
	bool to_given;
	struct keybag_whose to;
	struct keybag_kdf kdf;
	uint32_t reason;
	uint32_t class_number;
	uint32_t generate;
	const char *aad;
	const char *new_aad;
	bool in_given, out_given;
	const char *in;			/* NULL: standard input, also where "-" was given */
	const char *out;		/* NULL: standard output, the same */
	int count;			/* of what is not an option */
	char **rest;
};

/*
 * Reads the arguments of one command. @accepted: options it takes; @most: of other arguments it takes.
 * Returns 0, or an exit code after a message; ARGUMENTS_HELP where help was asked for, which the
 * command returns as well.
 */
int arguments_read(int argc, char **argv, unsigned int accepted, int most,
		   struct arguments *ret_arguments);

/* Prints the values that an option takes, one a line, for completion: those of class and reason. */
void arguments_complete(const char *option);

/* The target for libkeybag: NULL for one's own. */
const struct keybag_whose *arguments_whose(const struct arguments *arguments);

static inline bool arguments_has(const struct arguments *arguments, unsigned int option)
{
	return arguments->given & option;
}

#endif /* KEYBAGCTL_ARGUMENTS_H */
