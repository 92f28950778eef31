/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles: keys of the kernel's key type "keybag", by plain system calls.
 *
 * Functions return a serial or another result, or a negative errno.
 */
#ifndef KEYBAG_SELFTEST_HANDLE_H
#define KEYBAG_SELFTEST_HANDLE_H

#include <linux/keyctl.h>
#include <linux/types.h>

#include "bag.h"

#define UUID_TEXT	37

/* "attach <uuid>" of a bag. */
#define PAYLOAD_TEXT	(7 + UUID_TEXT)
void handle_payload(char text[PAYLOAD_TEXT], const __u8 *uuid);

int handle_add(const char *type, const char *description, const char *payload, int keyring);
int handle_keyctl(int operation, unsigned long a, unsigned long b, unsigned long c,
		  unsigned long d);

/* "user:<owner>" with the right payload, into the process keyring. */
int handle_for(const struct bag *bag);

/* A fresh descriptor bound by serial, or a negative errno. */
int handle_bind(int serial);

#endif /* KEYBAG_SELFTEST_HANDLE_H */
