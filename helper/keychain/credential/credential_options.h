/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginning of both helpers, and their command line: options for people, in front of the operation that git or docker
 * puts behind them.
 */
#ifndef KEYCHAIN_CREDENTIAL_CREDENTIAL_OPTIONS_H
#define KEYCHAIN_CREDENTIAL_CREDENTIAL_OPTIONS_H

#include <stdbool.h>

#include "helper/keychain/include/keychain.h"

struct program;

/* program_main(), with the heap locked, and a reader that is gone as an error like others: secrets are wiped after it. */
int credential_main(const struct program *program, int argc, char **argv);

struct credential_options {
	const char *operation;			/* NULL: none was given */
	enum keychain_accessible accessible;	/* 0: not said */
};

/*
 * Reads them. @program: its name; @usage: what it prints for --help. Returns true; or false when the program is to end
 * with *@ret_status, all being said.
 */
bool credential_options_read(int argc, char **argv, const char *program, const char *usage,
			     struct credential_options *ret_options, int *ret_status);

#endif
