/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_KEY_ID_H
#define TPM_KEY_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "common/tpm_exchange.h"

/* The device-key id of docs/format.md. false: no memory. */
bool key_id(const uint8_t key[TPM_EXCHANGE_KEY], uint8_t ret_id[TPM_EXCHANGE_ID]);

#endif /* TPM_KEY_ID_H */
