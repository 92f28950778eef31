/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hears what logind tells on the bus: sessions that are to be locked or say that they are, and sleep.
 * Only what comes from logind itself counts. A bus that is not there yet, or goes, is connected to
 * again.
 */
#ifndef KEYBAGD_LOGIND_BUS_H
#define KEYBAGD_LOGIND_BUS_H

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "logind_properties.h"

#define LOGIND_NAME		"org.freedesktop.login1"
#define LOGIND_OBJECT		"/org/freedesktop/login1"
#define LOGIND_MANAGER		"org.freedesktop.login1.Manager"
#define LOGIND_SESSION		"org.freedesktop.login1.Session"
#define LOGIND_SESSION_FOLDER	"/org/freedesktop/login1/session"

/* logind tells these things; @id names a session. */
struct logind_bus_listener {
	/* It is there, perhaps again: what was told meanwhile was not heard. */
	void (*appeared)(void);
	/* It is gone; it may come again. */
	void (*vanished)(void);
	/* The bus is gone, with the questions whose answers were awaited. */
	void (*disconnected)(void);
	/* The screen of the session is to be locked. */
	void (*lock)(const char *id);
	/* It is to be unlocked: whoever let its user in says so. */
	void (*unlock)(const char *id);
	/* Properties of the session have changed. */
	void (*changed)(const char *id, const struct logind_properties *properties);
	/* The machine is about to sleep, or, not @begins, is awake again. */
	void (*sleep)(bool begins);
};

/* Returns 0 or a negative errno. */
int logind_bus_open(sd_event *loop, const struct logind_bus_listener *listener);
void logind_bus_close(void);

/* Whether logind can be asked. */
bool logind_bus_is_ready(void);

/* The unique name of logind on the bus, or NULL when it cannot be asked. */
const char *logind_bus_owner(void);

/* Gets the properties of a session, or NULL where logind could not say them. */
typedef void (*logind_bus_answer_t)(const char *id, const struct logind_properties *properties);

/* Asks for all properties of a session. Nothing happens when the bus is not there. */
void logind_bus_get_all(const char *id, logind_bus_answer_t answer);

#endif /* KEYBAGD_LOGIND_BUS_H */
