/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves the device key between file and TPM. It may be interrupted at any point: the key is in one of them at least, and where it
 * is in both they are the same key. The same call again goes on. All return 0, or a negative errno with a text in @ret_result,
 * and take up to three times TPM_EXCHANGE_SECONDS.
 */
#ifndef KEYBAGD_DEVICE_KEY_MOVE_H
#define KEYBAGD_DEVICE_KEY_MOVE_H

#include "keybagd/log/request_result.h"

/*
 * device.key into device.tpm, which the TPM has opened again before it is put in its place; device.key is then overwritten and
 * removed. A device.tpm of the same key that the TPM does not open any more is made anew.
 */
int device_key_move_to_tpm(struct request_result *ret_result);

/* device.tpm into device.key; device.tpm is then removed. */
int device_key_move_to_file(struct request_result *ret_result);

#endif /* KEYBAGD_DEVICE_KEY_MOVE_H */
