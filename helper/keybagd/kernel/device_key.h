/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device key: 32 random bytes, handed to the kernel. They are in a credential of systemd, which is never written
 * anywhere; or sealed in a TPM; or in a file that only root can read. The first of these that is there is used, and no other.
 */
#ifndef KEYBAGD_DEVICE_KEY_H
#define KEYBAGD_DEVICE_KEY_H

#include <stdbool.h>

#include "common/secret.h"
#include "common/tpm_exchange.h"
#include "keybagd/log/request_result.h"

/*
 * Gives the kernel the device key, if it has none. With a TPM that takes a second, at worst DEVICE_KEY_MAIN_SECONDS, after
 * others that are at it. Makes the key when there is neither a key nor a keybag yet, in the TPM where there is one; a key that is
 * missing while there are keybags is an error, for a new one would open none. Returns 0, or a negative errno with its text in
 * @ret_result: -ENODEV: there is no key, which may pass by itself; -EMEDIUMTYPE: that which is there is not used, or the kernel
 * has another one, which has to be mended. Where the TPM has refused the answer is the same for ten seconds, as long as device.tpm is.
 */
int device_key_supply(struct request_result *ret_result);

/* The same without these ten seconds: something was mended. */
int device_key_supply_anew(struct request_result *ret_result);

/*
 * The same for the main thread, which the service manager watches: it does not wait for others. They give the kernel the key, or the
 * next use does: -EBUSY, without a text.
 */
int device_key_supply_main(struct request_result *ret_result);

/* A new key is sealed and opened; a TPM that is silent then takes a second more, to end keybag-tpm. */
#define DEVICE_KEY_MAIN_SECONDS	(2 * TPM_EXCHANGE_SECONDS + 1)

/*
 * Whether the last device_key_supply() that could tell found no usable key, or another one than the kernel has: keybags that are
 * loaded all the same will not be after a restart of the machine. A TPM that fails, and may not the next time, tells nothing.
 */
bool device_key_is_lost(void);

/* Where the key is, and what the last device_key_supply() has met. Waits for nothing. */
struct device_key_state {
	uint32_t source;		/* enum keybag_device_key_place */
	uint32_t flags;			/* KEYBAG_DEVICE_KEY_HAS_... */
	struct request_result why_not;	/* error 0: it was found, or nobody has asked yet */
};
void device_key_look(struct device_key_state *ret_state);

/* @returned is called, by any thread, when a supply succeeds after one that did not. */
void device_key_on_return(void (*returned)(void));

/* Between these two nobody else reads or changes its files. */
void device_key_begin(void);
void device_key_end(void);

/* Whether the kernel has no other key than @key, called @what; one that has none has @key then. Returns 0, or an error in @ret_result. */
int device_key_compare_kernel(const struct secret *key, const char *what, struct request_result *ret_result);

/*
 * A command of device_ioctl.h that takes the device key: given to the kernel first, if it has none. Returns
 * the command's result; or what device_key_supply() returned, and then, only then, there is an error in
 * @ret_result.
 */
int device_key_call(unsigned long command, void *argument, struct request_result *ret_result);

#endif /* KEYBAGD_DEVICE_KEY_H */
