/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keybags that the daemon loads by itself. Main thread only.
 */
#ifndef KEYBAGD_AUTOLOAD_H
#define KEYBAGD_AUTOLOAD_H

#include "bag.h"

/* Returns 0 or a negative errno. */
int autoload_open(sd_event *loop);

/*
 * Loads those on disk, each when it is its turn, as far as there is room: the system keybag first. What has no room is loaded when
 * somebody asks for it. One whose owner's account is not there yet, as its directory starts later, is tried again until it is.
 */
void autoload_all(void);

/* Loads a keybag again after the machine has come back from hibernation. */
void autoload_again(struct bag *bag);

/* Gives up the loads that were to follow hibernation. */
void autoload_never(void);

#endif /* KEYBAGD_AUTOLOAD_H */
