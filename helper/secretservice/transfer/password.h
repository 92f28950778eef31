/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passwords of keyrings: asked for on the terminal, where standard input is one, otherwise read from it, a line each.
 *
 * Functions return 0, -ENODATA (nothing was given), or another negative errno.
 */
#ifndef SECRETSERVICE_PASSWORD_H
#define SECRETSERVICE_PASSWORD_H

#include <stdbool.h>

#include "helper/common/secret.h"

/* Whether a person is asked. */
bool password_is_asked(void);

int password_read(const char *prompt, struct secret *ret_password);

/* The same of a new one: a person types it twice. -EKEYREJECTED: it was not the same. */
int password_read_new(const char *prompt, struct secret *ret_password);

#endif /* SECRETSERVICE_PASSWORD_H */
