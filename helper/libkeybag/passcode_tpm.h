/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Passcodes that the TPM checks. For programs of this project: it is not installed.
 */
#ifndef KEYBAG_PASSCODE_TPM_H
#define KEYBAG_PASSCODE_TPM_H

#include "keybag.h"

/* Flags of a new passcode: whether the TPM checks it. Without one it does if it checks the present one. */
#define KEYBAG_PASSCODE_TPM		(1u << 0)	/* the TPM, or it is not set */
#define KEYBAG_PASSCODE_NO_TPM		(1u << 1)	/* not the TPM; alone */
#define KEYBAG_PASSCODE_TPM_IF_THERE	(1u << 2)	/* the TPM, if there is one and a recovery code is confirmed or refused */
#define KEYBAG_PASSCODE_NO_RECOVERY	(1u << 3)	/* the TPM also where neither is */

/* A warning: the TPM was to check the passcode, and does not; keybagd has told the journal why. */
#define KEYBAG_WARNING_NOT_BY_TPM	(1U << 10)

#define KEYBAG_TPM_TRIES		64		/* wrong passcodes in a row that the TPM takes */

/* keybag_client_set_passcode() with flags. */
int keybag_client_set_passcode_by(struct keybag_client *client, const struct keybag_whose *whose,
				  const struct keybag_proof *authority, const struct keybag_proof *passcode,
				  const struct keybag_kdf *kdf, uint32_t flags, struct keybag_attempt *ret_attempt);

/* The number of wrong passcodes that the TPM still takes. ENOENT: it does not check this one's; others: as an unlock. Takes as long as the TPM. */
int keybag_client_passcode_tries(struct keybag_client *client, const struct keybag_whose *whose, uint32_t *ret_tries);

#endif /* KEYBAG_PASSCODE_TPM_H */
