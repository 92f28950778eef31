/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sleep of the machine, which logind delays until keybags are locked. Main thread only.
 */
#ifndef KEYBAGD_LOGIND_SLEEP_H
#define KEYBAGD_LOGIND_SLEEP_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* Both as in logind.h. Returns 0 or a negative errno. */
int logind_sleep_open(sd_event *loop, int (*lock_all)(uint32_t reason), void (*when_quiet)(void (*quiet)(void)));

/* Asks for the delay, and again later where logind does not grant it. */
void logind_sleep_delay(void);

/* Gives it up: the machine may sleep. */
void logind_sleep_let(void);

/*
 * The machine is about to sleep: locks, takes no passcode any more, whose key would lie in memory all the time, and lets
 * the machine as soon as none is being tried (logind waits for some seconds at most); or it is awake (not @begins),
 * passcodes are taken again, and the delay is asked for again.
 */
void logind_sleep_changed(bool begins);

/* logind is gone, or cannot be heard: nobody would tell that the machine is awake. Passcodes are taken again. */
void logind_sleep_forget(void);

#endif /* KEYBAGD_LOGIND_SLEEP_H */
