/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sealed forms: ../keybag/form.h reads and writes them, this checks and makes what authenticates
 * them.
 */
#ifndef _KEYBAG_SEALED_FORM_H
#define _KEYBAG_SEALED_FORM_H

#include "../../keybag/form.h"
#include "workspace.h"

/* Identity of a form among those of the same bag: a SHA-256 of what its MACs cover. */
#define KEYBAG_FORM_IDENTITY	32

/**
 * struct keybag_sealed_form - a sealed form in memory
 * @bytes: kmalloc'ed
 * @length: of @bytes
 * @form: view into @bytes, kmalloc'ed
 * @identity: set with @form
 */
struct keybag_sealed_form {
	u8 *bytes;
	size_t length;
	struct kb_form *form;
	u8 identity[KEYBAG_FORM_IDENTITY];
};

/* Copies bytes in from user memory. Errors: -EINVAL (length), -EFAULT, -ENOMEM. */
int keybag_sealed_form_copy(struct keybag_sealed_form *sealed, u64 address, u32 length);

/* Checks SHA-256 and version, and parses. Errors: -EBADMSG, -EPROTONOSUPPORT, -ENOMEM. */
int keybag_sealed_form_parse(struct keybag_sealed_form *sealed);

/* Checks that it was made under the present device key. Errors: -EXDEV, -EBADMSG. */
int keybag_sealed_form_check_device(struct keybag_workspace *workspace,
				    const struct keybag_sealed_form *sealed);

/* Checks that it was made by who knew K_bag. Error: -EBADMSG. */
int keybag_sealed_form_check_recovery(struct keybag_workspace *workspace,
				      const struct keybag_sealed_form *sealed, const u8 *bag_key);

/*
 * Makes one of @form, under the present device key and @bag_key. Errors: -EMSGSIZE (over the
 * maximum), -ENOMEM.
 */
int keybag_sealed_form_make(struct keybag_workspace *workspace, struct keybag_sealed_form *sealed,
			    const struct kb_form *form, const u8 *bag_key);

/* Copies it out, outside all locks. Errors: -EMSGSIZE, -EFAULT. */
int keybag_sealed_form_return(const struct keybag_sealed_form *sealed,
			      struct keybag_buffer *buffer);

/* Frees and empties it. */
void keybag_sealed_form_free(struct keybag_sealed_form *sealed);

#endif /* _KEYBAG_SEALED_FORM_H */
