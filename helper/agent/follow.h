/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the keybag is closed, followed for as long as the agent runs, across restarts of keybagd.
 */
#ifndef AGENT_FOLLOW_H
#define AGENT_FOLLOW_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "libkeybag/keybag.h"

/*
 * Calls @changed with each state that is told (enum keybag_state), beginning with the present one.
 * Returns 0 or a negative errno, told on standard error.
 */
int follow_start(sd_event *loop, const struct keybag_whose *whose, void (*changed)(uint32_t state));

void follow_stop(void);

#endif /* AGENT_FOLLOW_H */
