/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for the user, in the name of keychainctl, which runs this program.
 */
#ifndef SECRETSERVICE_TELL_H
#define SECRETSERVICE_TELL_H

#include "helper/cli/exit_status.h"
#include "helper/common/translate.h"

/* Says on standard error why it does not go on. Returns EXIT_FAILED. */
__attribute__((format(printf, 1, 2))) int complain_other(const char *format, ...);

/* The same of what is worth knowing; it goes on. */
__attribute__((format(printf, 1, 2))) void warn(const char *format, ...);

#endif /* SECRETSERVICE_TELL_H */
