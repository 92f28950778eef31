/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_VERDICT_H
#define TPM_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/tpm_exchange.h"

/* The meaning of an answer of tpm2-tss. @silent: the TPM did not answer in time. */
enum tpm_verdict verdict_of(uint32_t code, bool silent);

#endif /* TPM_VERDICT_H */
