/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_TPM_VERDICT_H
#define KEYBAGD_TPM_VERDICT_H

#include <stdint.h>

#include "keybagd/log/request_result.h"

/* Notes what an enum tpm_verdict other than TPM_DONE means for @object, with the remedy. Returns the errno. */
int tpm_verdict_explain(uint32_t verdict, uint32_t code, const char *object, struct request_result *ret_result);

#endif /* KEYBAGD_TPM_VERDICT_H */
