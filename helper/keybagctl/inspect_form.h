/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sealed form (docs/format.md), tag by tag.
 */
#ifndef KEYBAGCTL_INSPECT_FORM_H
#define KEYBAGCTL_INSPECT_FORM_H

#include "inspect_rows.h"
#include "keybag/form.h"

/* A form that was parsed, with the bytes that it was parsed from. */
void inspect_form(struct inspect_output *output, const struct kb_form *form, const uint8_t *bytes, size_t length);

#endif /* KEYBAGCTL_INSPECT_FORM_H */
