/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keybags that the daemon loads by itself. Main thread only.
 */
#ifndef KEYBAGD_LOAD_LATER_H
#define KEYBAGD_LOAD_LATER_H

#include "bag.h"

/* Returns 0 or a negative errno. */
int load_later_open(sd_event *loop);

/* Loads a keybag when it is its turn. */
void load_later(struct bag *bag);

/* The same after the machine has come back from hibernation. */
void load_again_later(struct bag *bag);

#endif /* KEYBAGD_LOAD_LATER_H */
