/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of all commands: attributes by their names, as options or as NAME=VALUE; other options.
 */
#ifndef KEYCHAIN_CLI_ARGUMENTS_H
#define KEYCHAIN_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "commands.h"
#include "helper/keychain/base/value.h"

/* Options besides attributes, as bits: what a command takes. */
enum {
	OPTION_JSON		= 1 << 0,
	OPTION_ATTRIBUTES	= 1 << 1,	/* --attributes */
	OPTION_ALL		= 1 << 2,	/* --all */
	OPTION_LIMIT		= 1 << 3,	/* --limit N */
	OPTION_REPLACE		= 1 << 4,	/* --replace */
	OPTION_SECRET		= 1 << 5,	/* --secret */
	OPTION_SET		= 1 << 6,	/* --set NAME=VALUE */
	OPTION_DRY_RUN		= 1 << 7,
	OPTION_USER		= 1 << 8,	/* --user USER */
	OPTION_STRICT		= 1 << 9,
	OPTION_FROM_TO		= 1 << 10,	/* --from, --to, --from-prefix, --to-prefix */
	OPTION_YES		= 1 << 11,
	OPTION_TIMEOUT		= 1 << 12,
	OPTION_QUERY		= 1 << 13,	/* attributes */
	OPTION_WORDS		= 1 << 14,	/* words that are not NAME=VALUE */
	OPTION_NO_SECRET	= 1 << 15,	/* --no-secret */
	OPTION_PARTIAL		= 1 << 16,
	OPTION_KEYCHAIN		= 1 << 17,	/* --keychain, --system: all commands read them */
	OPTION_SYSTEM		= 1 << 18,
	OPTION_RAW		= 1 << 19,	/* --raw: letters in place of names */
	OPTION_FORCE		= 1 << 20,
	OPTION_TRIM		= 1 << 21,	/* --trim-newline */
	OPTION_GENERATE		= 1 << 22,	/* --length N, --characters SET, --print */
	OPTION_OUT		= 1 << 23,	/* --out FILE */
	OPTION_FORMAT		= 1 << 24,	/* --format FORMAT */
	OPTION_UNENCRYPTED	= 1 << 25,
	OPTION_PUBLIC		= 1 << 26,
	OPTION_EXACT		= 1 << 27,	/* --exact */
	OPTION_EMPTY		= 1 << 28,	/* --allow-empty */
	OPTION_FOR		= 1 << 29,	/* --for UNIT */
	OPTION_ACCESSIBLE	= 1 << 30,	/* --accessible CLASS, of a command that takes no attributes */
	OPTION_SEAL		= 1U << 31,	/* --seal-while-locked */
};

#define MAX_WORDS	8

struct arguments {
	unsigned int given;
	struct value *query;		/* attributes */
	struct value *changes;		/* of --set */
	int64_t limit;
	uint64_t timeout_ns;
	uint64_t length;		/* of --length; 0: not given */
	const char *characters;		/* of --characters */
	bool print;
	const char *out, *format;
	const char *unit;		/* of --for */
	const char *accessible;		/* of --accessible */
	const char *from, *to, *from_prefix, *to_prefix;
	const char *words[MAX_WORDS + 1];
	size_t word_count;
};

/*
 * Reads the arguments of a command and tells @client the keychain and user that they name. Returns
 * 0, or an exit status + 256: it is over, with help or a complaint. Release with arguments_free()
 * after 0.
 */
int arguments_read(struct keychain_client *client, int argc, char **argv, unsigned int accepted,
		   const char *usage, struct arguments *ret_arguments);

void arguments_free(struct arguments *arguments);

#define ARGUMENTS_OVER		256

/*
 * The query, for a request that takes it over. Where neither class nor reference was given it is of the first
 * class that has all of its attributes: a password, or with --server an internet password. NULL without memory.
 */
struct value *arguments_query(struct arguments *arguments);

/* The same of a query that looks for items: synchronizable ones as well, unless it says which. */
struct value *arguments_search(struct arguments *arguments);

/* Whether the query has more than a class, --exact, and own attributes of which there are none: says which items are meant. */
bool arguments_name_item(const struct arguments *arguments);

/* Prints the values that an option takes, one a line, for completion. */
void arguments_complete(const char *option);

/* An item in the words that the command line asks for: names, or with --raw letters. NULL without memory. */
struct value *arguments_item(const struct arguments *arguments, const struct value *item);

/* Printed behind the usage of all commands that take attributes. */
#define ATTRIBUTES_HELP                                                                             \
	N_("      --raw            attributes by four letters, LETTERS=VALUE, as in requests\n"      \
	   "  -k, --keychain NAME  default: the user's default one\n"                               \
	   "      --system         the system keychain\n")

#endif
