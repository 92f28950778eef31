/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reasons why the TPM does not give what it guards, and the ways on.
 */
#ifndef KEYBAGD_TPM_GUARD_VERDICT_H
#define KEYBAGD_TPM_GUARD_VERDICT_H

#include <stdbool.h>

#include "tpm_program.h"

/* Whom it is for: begins each text, and whether a recovery code leads on. */
struct guard_owner {
	const char *label;
	bool recovery_code;
};

struct guard_purpose {
	struct tpm_purpose common;	/* first */
	bool recovery_code;
};

/*
 * Errors: -EKEYREJECTED: wrong, without a text; -EEXIST: the number of the index is taken; -EKEYREVOKED: as many wrong ones as it
 * bears; -EXDEV: of another TPM, or from before this one was cleared; -ENOLINK: the index is gone, or another one; -ESTALE: the same,
 * and the keybag's file seems to be an older copy; -ENOSPC: no room for an index; -EBADMSG: damaged; -EPROTONOSUPPORT: of a newer
 * version; -EMEDIUMTYPE: the TPM is to be set up otherwise; -ENODEV: it may pass.
 */
struct guard_purpose guard_purpose(const struct guard_owner *owner);

#endif /* KEYBAGD_TPM_GUARD_VERDICT_H */
