/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passcode keys that the TPM has found wrong a while ago: it is not asked again, for each time counts there. What is kept are hashes
 * under a random salt, in locked memory. The kernel remembers as many as it delays, for a minute less: one that it counts again is
 * known here still. Any thread.
 */
#ifndef KEYBAGD_WRONG_PASSCODE_H
#define KEYBAGD_WRONG_PASSCODE_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "common/secret.h"
#include "libkeybag/keybag.h"

bool wrong_passcode_known(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct secret *key);
void wrong_passcode_remember(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct secret *key);

/* The passcode of that keybag was right, or is another one, or the keybag is no more. */
void wrong_passcode_forget(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* The same for all keybags: before sleep, and when everything is evicted. */
void wrong_passcode_forget_all(void);

/* Main thread: those that are old enough are forgotten from then on. */
int wrong_passcode_open_loop(sd_event *loop);

#endif /* KEYBAGD_WRONG_PASSCODE_H */
