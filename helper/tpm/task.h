/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_TASK_H
#define TPM_TASK_H

#include <stdbool.h>

#include "common/tpm_exchange.h"

/*
 * Does what @exchange asks for, with the TPM behind @descriptor, and writes verdict, code and outputs. Leaves nothing in the
 * TPM; @managed: that the kernel does not take out of it. Copies of the key are left in the heap and on the stack, which the caller wipes.
 */
void task_run(struct tpm_exchange *exchange, int descriptor, bool managed);

#endif /* TPM_TASK_H */
