/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keybag of iOS, tag by tag.
 */
#ifndef KEYBAGCTL_INSPECT_IOS_H
#define KEYBAGCTL_INSPECT_IOS_H

#include "inspect_rows.h"

/* "backup" and the like: the name of an enum ios_keybag_type. */
const char *inspect_ios_type(uint32_t type);

/* Bytes that ios_keybag_parse() took. */
void inspect_ios(struct inspect_output *output, const uint8_t *bytes, size_t length);

#endif /* KEYBAGCTL_INSPECT_IOS_H */
