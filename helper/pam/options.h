/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of the module, and which services may open a keybag.
 *
 * A service that is in no list leaves keybags as they are. su, sudo, cron, polkit and their like are
 * refused even when a list names them: they authenticate, they do not log in.
 */
#ifndef PAM_KEYBAG_OPTIONS_H
#define PAM_KEYBAG_OPTIONS_H

#include <stdbool.h>

#include <security/pam_modules.h>

#define OPTIONS_TIMEOUT		15	/* s, to derive a key; default of timeout= */
#define OPTIONS_MAX_TIMEOUT	60

enum service_kind {
	SERVICE_OTHER,		/* leaves the keybag as it is */
	SERVICE_LOGIN,		/* opens a session: a ticket, redeemed after the account checks */
	SERVICE_LOCKER,		/* goes back to an open session: unlocks at once */
};

/**
 * struct options - arguments of the module
 * @debug: log every step
 * @authenticate: authenticate: the passcode of the keybag lets the user in
 * @timeout: seconds keybagd may take to derive a key
 * @login: comma-separated names that count as SERVICE_LOGIN besides the built-in ones, or NULL
 * @locker: the same for SERVICE_LOCKER
 * @except: names that count as SERVICE_OTHER
 *
 * The strings belong to libpam and live as long as the call.
 */
struct options {
	bool debug;
	bool authenticate;
	unsigned int timeout;
	const char *login;
	const char *locker;
	const char *except;
};

/* Parses the arguments; those that are not understood are logged and passed over. */
void options_parse(pam_handle_t *pamh, int argc, const char **argv, struct options *ret_options);

/* Whether who uses that service is at another machine, whatever PAM_RHOST says. */
bool options_service_is_remote(const char *service);

enum service_kind options_service_kind(const struct options *options, const char *service);

#endif /* PAM_KEYBAG_OPTIONS_H */
