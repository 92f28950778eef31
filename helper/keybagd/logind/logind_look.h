/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks once more at a screen whose locker has opened the keybag: what stands behind pam_keybag in the locker's stack
 * may have refused all the same, and nobody tells of that. Main thread only.
 */
#ifndef KEYBAGD_LOGIND_LOOK_H
#define KEYBAGD_LOGIND_LOOK_H

#include <systemd/sd-event.h>

#include "keybagd/policy/session.h"
#include "logind_bus.h"

/* Each look's answer goes to @answer. */
void logind_look_open(sd_event *loop, logind_bus_answer_t answer);

/* Looks at it in ten seconds; where it is to be looked at already, ten seconds from now, and at the latest 30 from then. */
void logind_look_later(struct session *session);

#endif /* KEYBAGD_LOGIND_LOOK_H */
