/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device key in a TPM 2.0: sealed and opened by keybag-tpm, a process of its own for each time. What it makes is opaque
 * here.
 */
#ifndef KEYBAGD_TPM_H
#define KEYBAGD_TPM_H

#include "common/secret.h"
#include "common/tpm_exchange.h"
#include "keybagd/log/request_result.h"

/* A sealed key: the bytes of device.tpm. */
struct tpm_sealed {
	size_t length;
	uint8_t bytes[TPM_EXCHANGE_FILE];
	uint8_t id[TPM_EXCHANGE_ID];	/* of the key, once it was made or an attempt to open it has read its header */
};

/*
 * Both take up to TPM_EXCHANGE_SECONDS. They return 0, or a negative errno with a text in @ret_result that begins with
 * @object: -ENODEV: it may pass by itself; -EMEDIUMTYPE: it has to be mended; -EXDEV: it is of another TPM, or from before this
 * one was cleared. A TPM that was silent is not asked again for as
 * long as that.
 */
int tpm_seal(const char *object, const struct secret *key, struct tpm_sealed *ret_sealed, struct request_result *ret_result);

/* @key: of a capacity of TPM_EXCHANGE_KEY at least. @sealed->id is set also where the key is not opened, if the file is whole. */
int tpm_open(const char *object, struct tpm_sealed *sealed, struct secret *key, struct request_result *ret_result);

#endif /* KEYBAGD_TPM_H */
