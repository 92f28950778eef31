/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What logind tells on the bus: sessions that are to be locked or say that they are, and sleep.
 * Only what comes from logind itself counts. A bus that is not there yet, or goes, is connected to
 * again.
 */
#ifndef KEYBAGD_LOGIND_BUS_H
#define KEYBAGD_LOGIND_BUS_H

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define LOGIND_NAME		"org.freedesktop.login1"
#define LOGIND_OBJECT		"/org/freedesktop/login1"
#define LOGIND_MANAGER		"org.freedesktop.login1.Manager"
#define LOGIND_SESSION		"org.freedesktop.login1.Session"
#define LOGIND_SESSION_FOLDER	"/org/freedesktop/login1/session"

/* Returns 0 or a negative errno. */
int logind_bus_open(sd_event *loop);
void logind_bus_close(void);

/* Asks whether a session is locked, to learn of it if it is. */
void logind_bus_ask_locked(const char *id);

/*
 * Asks for all properties of a session; @answer gets the reply, with a copy of @id as context that it
 * frees. Nothing happens when the bus is not there.
 */
void logind_bus_get_all(const char *id, sd_bus_message_handler_t answer);

/* A call of logind that does not start it. @context goes to @answer, or is freed if it fails. */
void logind_bus_call(sd_bus_message *message, sd_bus_message_handler_t answer, char *context);

static inline void logind_message_unref(sd_bus_message **message)
{
	sd_bus_message_unref(*message);
}

#endif /* KEYBAGD_LOGIND_BUS_H */
