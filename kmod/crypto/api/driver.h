/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which drivers of the kernel's crypto API may stand behind the ciphers. For the files of this room
 * that use that API; nobody else includes this.
 */
#ifndef _KEYBAG_DRIVER_H
#define _KEYBAG_DRIVER_H

#include <linux/crypto.h>
#include <linux/types.h>

/*
 * Instructions of the processor, yes; a separate engine that sees keys by DMA, no. ASYNC is not
 * masked: on older kernels the AES-NI driver carries that flag, and without it GCM costs three
 * times as much; see keybag_driver_completes_in_call().
 */
#define KEYBAG_DRIVER_MASK	(CRYPTO_ALG_KERN_DRIVER_ONLY | CRYPTO_ALG_ALLOCATES_MEMORY)

/* Translates an error of the API to one of this module: -ENOENT to -ENOPKG. */
int keybag_driver_error(long error);

/*
 * Whether a request made by a task is over when the call returns, as it has to be in a stay
 * (stay.h).
 */
bool keybag_driver_completes_in_call(const struct crypto_tfm *tfm);

/**
 * struct keybag_driver - what keys are asked for by, so that they are what was chosen
 * @name: the driver's
 * @type: CRYPTO_ALG_INTERNAL for one that the API keeps to itself, else 0
 */
struct keybag_driver {
	char name[CRYPTO_MAX_ALG_NAME];
	u32 type;
};

/*
 * The driver of keys where @chosen was: that which the SIMD helper stands on, or @chosen itself.
 * The helper only looks whether vector registers may be used, which a task always may, and costs
 * 75 instructions a request.
 */
void keybag_driver_of_keys(struct keybag_driver *driver, const struct crypto_tfm *chosen);

#endif /* _KEYBAG_DRIVER_H */
