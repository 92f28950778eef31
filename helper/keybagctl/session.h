/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What most commands begin with.
 */
#ifndef KEYBAGCTL_SESSION_H
#define KEYBAGCTL_SESSION_H

#include "arguments.h"
#include "common/cleanup.h"
#include "libkeybag/keybag.h"
#include "prompt.h"

static inline void session_cleanup_client(struct keybag_client **client)
{
	keybag_client_free(*client);
}

static inline void session_cleanup_info(struct keybag_info **info)
{
	keybag_info_free(*info);
}

#define CLEANUP_CLIENT	CLEANUP(session_cleanup_client)
#define CLEANUP_INFO	CLEANUP(session_cleanup_info)

/* A client of keybagd. Returns 0, or an exit code after a message. */
int session_open(struct keybag_client **ret_client);

/* arguments_read() and session_open(). */
int session_begin(int argc, char **argv, unsigned int accepted, int most,
		  struct arguments *ret_arguments, struct keybag_client **ret_client);

/*
 * Asks for what opens the keybag: its recovery code if @recovery, its passcode if it has one, otherwise
 * nothing. Returns 0, or an exit code after a message.
 */
int session_ask(struct keybag_client *client, const struct arguments *arguments, bool recovery,
		const char *prompt, struct secret *ret_secret, struct keybag_proof *ret_proof);

/* Warns of a KDF that is too cheap. */
void warn_of_kdf(const struct keybag_kdf *kdf);

#endif /* KEYBAGCTL_SESSION_H */
