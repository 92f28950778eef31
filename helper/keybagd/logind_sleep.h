/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sleep of the machine, which logind delays until keybags are locked.
 */
#ifndef KEYBAGD_LOGIND_SLEEP_H
#define KEYBAGD_LOGIND_SLEEP_H

#include <systemd/sd-bus.h>

/* Asks for the delay. */
void logind_sleep_delay(sd_bus *bus);

/* Gives it up: the machine may sleep. */
void logind_sleep_let(void);

/* Handler of PrepareForSleep: locks, and lets it sleep; when it is awake, asks for the delay again. */
int logind_sleep_signal(sd_bus_message *message, void *context, sd_bus_error *error);

#endif /* KEYBAGD_LOGIND_SLEEP_H */
