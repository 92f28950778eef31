/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_TPM_DEVICE_H
#define KEYBAGD_TPM_DEVICE_H

#include <stdbool.h>

/* Whether there is a TPM 2.0, by its device; says nothing of its state. */
bool tpm_device_exists(void);

/* Opens it, to be passed on to keybag-tpm. Returns a descriptor or a negative errno. */
int tpm_device_open(void);

#endif /* KEYBAGD_TPM_DEVICE_H */
