/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text in locked memory that grows, with a zero behind it.
 */
#ifndef KEYCHAIN_CREDENTIAL_LOCKED_TEXT_H
#define KEYCHAIN_CREDENTIAL_LOCKED_TEXT_H

#include <stddef.h>

#include "helper/common/secret.h"

/* Appends; @text may be SECRET_NONE, and is never that afterwards. Returns 0 or -ENOMEM, and then @text is as it was. */
int locked_text_append(struct secret *text, const void *bytes, size_t length);

/* Reads a descriptor to its end. Returns 0, -EMSGSIZE for more than @maximum bytes, -ENOMEM or another negative errno. */
int locked_text_read(int fd, size_t maximum, struct secret *ret_text);

#endif
