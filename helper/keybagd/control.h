/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control commands of /dev/keybag. The descriptor may be used by all threads.
 */
#ifndef KEYBAGD_CONTROL_H
#define KEYBAGD_CONTROL_H

#include "libkeybag/keybag.h"
#include <stddef.h>

#include "keybag/form.h"

/* Result of a command: a sealed form and what it says. Large: about 36 KiB. */
struct sealed_form {
	uint8_t bytes[KEYBAG_MAX_FORM];
	size_t length;
	struct kb_form view;	/* points into bytes */
};

struct sealed_record {
	uint8_t bytes[KEYBAG_MAX_RECORD];
	size_t length;
};

/*
 * Opens the device, once, and asks for its version. Returns 0 or a negative errno: -ENXIO: no module;
 * -EPROTO: one of another interface version, told in @ret_version.
 */
int control_open(struct keybag_version *ret_version);

/* Whether it is open. */
int control_is_open(void);

/* Issues a command. Returns its result or a negative errno. */
int control_call(unsigned long command, void *argument);

/* An empty buffer for a command to write to. */
#define CONTROL_BUFFER(sealed) \
	((struct keybag_buffer){ .address = (uintptr_t)(sealed).bytes, \
				 .capacity = sizeof((sealed).bytes) })

/* READ_FORM, and the view of it. */
int control_read_form(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_form *ret_form);

/* READ_RECORD. */
int control_read_record(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_record *ret_record);

/* RECORD_SAVED of a record as the kernel gave it out. */
int control_record_saved(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct sealed_record *record);

int control_status(const uint8_t uuid[KEYBAG_UUID_SIZE], struct keybag_status *ret_status);

/* A descriptor bound to a loaded bag, non-blocking, or a negative errno. */
int control_bind(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Fills @form->view from @form->bytes. Returns 0, -EBADMSG or -EPROTONOSUPPORT. */
int sealed_form_parse(struct sealed_form *form);

#endif /* KEYBAGD_CONTROL_H */
