/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CREDENTIAL_COMPLAIN_H
#define KEYCHAIN_CREDENTIAL_COMPLAIN_H

#include "helper/common/translate.h"

/* Says a line on standard error, behind the program's name. Returns @status. */
__attribute__((format(printf, 2, 3))) int complain(int status, const char *format, ...);

/* The meaning of a negative errno of reading what the program that asks has sent; part of a sentence, until the next call. */
const char *complain_input_problem(int error);

/* The exit status, as other commands of the project have it, for a status of the keychain. */
int complain_exit_status(int status);

#endif
