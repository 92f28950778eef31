/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel seals the form of a keybag, and its record of guesses and wraps.
 */
#ifndef KEYBAGD_SEALED_FORM_H
#define KEYBAGD_SEALED_FORM_H

#include "libkeybag/keybag.h"
#include <stddef.h>

#include "keybag/form.h"

/* A sealed form and what it says. Large: about 36 KiB. */
struct sealed_form {
	uint8_t bytes[KEYBAG_MAX_FORM];
	size_t length;
	struct kb_form view;	/* points into bytes */
};

struct sealed_record {
	uint8_t bytes[KEYBAG_MAX_RECORD];
	size_t length;
};

/* An empty buffer for a command to write to. */
#define SEALED_BUFFER(sealed) \
	((struct keybag_buffer){ .address = (uintptr_t)(sealed).bytes, \
				 .capacity = sizeof((sealed).bytes) })

/* Fills @form->view from @form->bytes. Returns 0, -EBADMSG or -EPROTONOSUPPORT. */
int sealed_form_parse(struct sealed_form *form);

#endif /* KEYBAGD_SEALED_FORM_H */
