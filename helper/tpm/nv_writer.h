/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key whose signature writes an index: made for one index, used once, and kept nowhere.
 */
#ifndef TPM_NV_WRITER_H
#define TPM_NV_WRITER_H

#include <stdbool.h>
#include <tss2/tss2_esys.h>

#include "common/tpm_exchange.h"

/* Makes one into @ret_key. false: no memory, or no random numbers. */
bool nv_writer_make(uint8_t ret_key[TPM_EXCHANGE_WRITER], uint32_t *ret_length);

/* The public half, as the TPM takes it. */
bool nv_writer_public(const uint8_t *key, uint32_t length, TPM2B_PUBLIC *ret_public);

/* Signs what PolicySigned has signed: the nonce, no expiry, no command, no reference. */
bool nv_writer_sign(const uint8_t *key, uint32_t length, const TPM2B_NONCE *nonce, TPMT_SIGNATURE *ret_signature);

#endif /* TPM_NV_WRITER_H */
