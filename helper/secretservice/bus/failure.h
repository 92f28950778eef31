/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors of the bus: what a status of the keychain, or an errno, is to a client.
 */
#ifndef SECRETSERVICE_FAILURE_H
#define SECRETSERVICE_FAILURE_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define FAILURE_IS_LOCKED	"org.freedesktop.Secret.Error.IsLocked"
#define FAILURE_NO_SESSION	"org.freedesktop.Secret.Error.NoSession"
#define FAILURE_NO_SUCH_OBJECT	"org.freedesktop.Secret.Error.NoSuchObject"
#define FAILURE_ALREADY_EXISTS	"org.freedesktop.Secret.Error.AlreadyExists"

/* Statuses beside those of the keychain, which are negative: over a limit of this service; what is asked for may be in a file put aside. */
#define STATUS_LIMIT		1
#define STATUS_PUT_ASIDE	2

/* Each sets @error and returns the negative errno that a handler of sd-bus returns with it. */

/* @status: of the keychain, or one of these; @message: for people, with the remedy. */
int failure_of_status(int status, const char *message, sd_bus_error *error);

/* @result: a negative errno, of reading a message for instance. */
int failure_of_errno(int result, sd_bus_error *error);

/* Whether one was errSecMissingEntitlement, since the last call. */
bool failure_take_denied(void);

int failure_locked(sd_bus_error *error);
int failure_no_object(sd_bus_error *error);
int failure_no_session(sd_bus_error *error);
int failure_not_yours(sd_bus_error *error);

#endif /* SECRETSERVICE_FAILURE_H */
