/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device key, as keybagd tells root of it. For programs of this project: it is not installed.
 */
#ifndef KEYBAG_DEVICE_KEY_H
#define KEYBAG_DEVICE_KEY_H

#include "keybag.h"

/* Where the device key is. keybagd takes the first of these that is there: credential, TPM, file. */
enum keybag_device_key_place {
	KEYBAG_DEVICE_KEY_NOWHERE	= 0,
	KEYBAG_DEVICE_KEY_IN_CREDENTIAL	= 1,	/* of systemd */
	KEYBAG_DEVICE_KEY_IN_TPM	= 2,	/* /etc/keybag/device.tpm, sealed in the TPM */
	KEYBAG_DEVICE_KEY_IN_FILE	= 3,	/* /etc/keybag/device.key */
};

#define KEYBAG_DEVICE_KEY_HAS_FILE	(1u << 0)	/* /etc/keybag/device.key, or remains of it, used or not */
#define KEYBAG_DEVICE_KEY_HAS_TPM	(1u << 1)	/* the machine has a TPM 2.0 */

struct keybag_device_key_info {
	uint32_t place;		/* enum keybag_device_key_place */
	uint32_t flags;		/* KEYBAG_DEVICE_KEY_HAS_... */
	int error;		/* 0, or the negative errno that keybagd met when it last needed the key */
	char message[512];	/* why, and what to do */
};

/* For root. */
int keybag_client_device_key(struct keybag_client *client, struct keybag_device_key_info *ret_info);

#define KEYBAG_DEVICE_KEY_TO_TPM	(1u << 0)	/* device.key is sealed in the TPM, then overwritten and removed */
#define KEYBAG_DEVICE_KEY_TO_FILE	(1u << 1)	/* device.tpm becomes device.key */

/*
 * Moves it, for root. May be interrupted and repeated at any point. EEXIST: file and TPM have different keys; EBUSY: it is a
 * credential.
 */
int keybag_client_device_key_move(struct keybag_client *client, uint32_t flags, struct keybag_device_key_info *ret_info);

#endif /* KEYBAG_DEVICE_KEY_H */
