/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptions of keys of type "keybag": "user:UID" and "system".
 */
#ifndef REQUEST_KEY_DESCRIPTION_H
#define REQUEST_KEY_DESCRIPTION_H

#include <stdbool.h>

#include "libkeybag/keybag.h"

/* -EINVAL for anything but the two forms; UID is decimal without sign or leading zeros. */
int description_parse(const char *description, struct keybag_whose *ret_whose);

/* Each user asks for their own keybag, root for any. */
bool description_permitted(const struct keybag_whose *whose, uid_t requester);

#endif /* REQUEST_KEY_DESCRIPTION_H */
