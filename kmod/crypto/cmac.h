/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CMAC-AES-256 (NIST SP 800-38B), from which nonces are made.
 */
#ifndef _KEYBAG_CMAC_H
#define _KEYBAG_CMAC_H

#include <linux/types.h>
#include "sizes.h"

struct keybag_cmac_key;
struct keybag_workbench;

/* Init compares with the kernel's cmac(aes): -EBADMSG when they differ. */
int keybag_cmac_init(void);
void keybag_cmac_exit(void);

/* The name of the driver that computes it. */
const char *keybag_cmac_driver(void);

/* An empty key, or ERR_PTR(-ENOMEM), ERR_PTR(-ENOPKG). May sleep. */
struct keybag_cmac_key *keybag_cmac_key_alloc(void);

/*
 * Sets the key of 32 bytes, as often as wanted. Allocates nothing. Leaves traces on the stack:
 * burn.h.
 */
int keybag_cmac_key_set(struct keybag_cmac_key *key, struct keybag_workbench *bench,
			const u8 *bytes);

/* Wipes it. NULL is allowed. */
void keybag_cmac_key_free(struct keybag_cmac_key *key);

/* For a panic: overwrites the key where it is. NULL is allowed. */
void keybag_cmac_key_overwrite(struct keybag_cmac_key *key);

/*
 * The CMAC of @message, which is not empty. @mac is aligned to KEYBAG_BLOCK_SIZE. Made by a task,
 * neither sleeps, nor allocates. Leaves traces on the stack: burn.h.
 */
int keybag_cmac(struct keybag_workbench *bench, const struct keybag_cmac_key *key,
		const u8 *message, u32 length, u8 *mac);

#endif /* _KEYBAG_CMAC_H */
