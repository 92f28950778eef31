/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Derivations of keybag-tpm: docs/format.md.
 */
#ifndef TPM_DERIVE_H
#define TPM_DERIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/tpm_exchange.h"

/* All of them: false: no memory. */

/* The device-key id. */
bool derive_key_id(const uint8_t key[TPM_EXCHANGE_KEY], uint8_t ret_id[TPM_EXCHANGE_ID]);

/* The authorisation by which a passcode key opens the index that counts wrong ones. It ends in no zero byte: a TPM would leave that out. */
bool derive_authorisation(const uint8_t passcode_key[TPM_EXCHANGE_KEY], const uint8_t salt[TPM_EXCHANGE_SALT],
			  uint8_t ret_authorisation[TPM_EXCHANGE_KEY]);

#endif /* TPM_DERIVE_H */
