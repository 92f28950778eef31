/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_LOGIND_PROPERTIES_H
#define KEYBAGD_LOGIND_PROPERTIES_H

#include <stdint.h>
#include <systemd/sd-bus.h>

/* Facts about a session in a message of logind; -1: not mentioned. */
struct logind_properties {
	int locked;
	int idle;
	int64_t idle_stamp_us;	/* IdleSinceHint, CLOCK_REALTIME; 0: never */
	int64_t idle_since_us;	/* IdleSinceHintMonotonic, CLOCK_MONOTONIC; 0: never */
};

/* Reads an a{sv}. Returns a negative errno when the message is not one. */
int logind_properties_read(sd_bus_message *message, struct logind_properties *ret_properties);

#endif /* KEYBAGD_LOGIND_PROPERTIES_H */
