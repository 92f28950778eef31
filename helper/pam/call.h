/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call of libpam into the module: who, for which service, with which arguments, and the
 * connection to keybagd for as long as the call lasts.
 */
#ifndef PAM_KEYBAG_CALL_H
#define PAM_KEYBAG_CALL_H

#include <stdbool.h>
#include <sys/types.h>
#include <syslog.h>

#include <security/pam_modules.h>

#include "libkeybag/keybag.h"
#include "common/translate.h"
#include "options.h"

/*
 * Time for a request that derives no key, or, if one derives some, until keybagd has read it. A daemon that is
 * stopped costs a login this much.
 */
#define CALL_QUICK_SECONDS	5

/**
 * struct call - one call of libpam
 * @pamh: the host's handle
 * @silent: PAM_SILENT
 * @options: arguments
 * @service: PAM_SERVICE
 * @remote: the password was typed on another machine
 * @kind: what @service may do with a keybag
 * @user: PAM_USER
 * @uid: of @user
 * @client: connection to keybagd
 */
struct call {
	pam_handle_t *pamh;
	bool silent;
	struct options options;
	const char *service;
	bool remote;
	enum service_kind kind;
	const char *user;
	uid_t uid;
	struct keybag_client *client;
};

/*
 * Fills @ret_call. False when there is nothing to do for this user: no name, no account, or the host
 * neither is privileged nor runs as the user. End with call_end() in any case.
 */
bool call_begin(struct call *ret_call, pam_handle_t *pamh, int flags, int argc, const char **argv);
void call_end(struct call *call);

/*
 * Whether @user is the name that the uid has, however a directory lets it be written: the keybag is of the uid, its
 * passcode the password of that name. toor is another name of root's, with a password of its own.
 */
bool call_is_own_name(const struct call *call);

/* A host that runs as root says nothing of who is asking: su and polkit do so for everybody. */
bool call_runs_as_user(const struct call *call);

/* A set-uid host that someone else has started: a vlock of any user's takes root's password, too. */
bool call_is_for_another(const struct call *call);

/* The user's keybag, named by uid for a privileged host. */
struct keybag_whose call_whose(const struct call *call);

/* Time limits of the next requests: quick ones, and those that derive @keys keys. */
void call_limit_quick(struct call *call);
void call_limit_derive(struct call *call, unsigned int keys);

/* Only with the argument "debug". */
void call_debug(const struct call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* To the journal. */
void call_log(const struct call *call, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* To the user, through the host's conversation, unless PAM_SILENT. */
void call_tell(const struct call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* PAM_KEYBAG_CALL_H */
