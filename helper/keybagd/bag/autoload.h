/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keybags that the daemon loads by itself. Main thread only.
 */
#ifndef KEYBAGD_AUTOLOAD_H
#define KEYBAGD_AUTOLOAD_H

#include "bag.h"
#include "keybagd/log/request_result.h"

/* Returns 0 or a negative errno. */
int autoload_open(sd_event *loop);

/*
 * Loads those on disk, each when it is its turn, as far as there is room: the system keybag first. What has no room is loaded when
 * somebody asks for it. One whose owner's account is not there yet, as its directory starts later, is tried again until it is.
 */
void autoload_all(void);

/*
 * There is no device key yet, for the reason @why_not, which status tells of each keybag: autoload_all() follows when there is one. It is
 * asked for from time to time, and whoever asks for a keybag asks for the key.
 */
void autoload_when_key(const struct request_result *why_not);

/* Compares the key with the kernel's, which has one, where that may take the TPM's time; nothing waits for it. */
void autoload_compare_key(void);

/* Loads a keybag again after the machine has come back from hibernation. */
void autoload_again(struct bag *bag);

/* Gives up the loads that were to follow hibernation. */
void autoload_never(void);

#endif /* KEYBAGD_AUTOLOAD_H */
