/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginning of most commands: a client of keybagd, questions, secrets.
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

/* Whether keybagd answers, before anyone is asked for a secret. Returns 0, or an exit code after a message. */
int session_check_daemon(struct keybag_client *client);

/*
 * Complains about a request with that secret. A recovery code that is mistyped is a wrong one for scripts. Returns the
 * exit code.
 */
int session_complain_secret(struct keybag_client *client, const struct keybag_proof *proof, int error);

/* Whether the secret may be asked for again: it was wrong, or a recovery code was mistyped. */
bool session_worth_another(int error, const struct keybag_proof *proof);

/*
 * Prints that a keybag was made, loaded or taken over: @text with its UUID, or an object with --json; there @uuid may be
 * NULL: several are there.
 */
void session_print_uuid(const struct arguments *arguments, const char *text, const uint8_t *uuid);

/* arguments_read() and session_open(). */
int session_begin(int argc, char **argv, unsigned int accepted, int most,
		  struct arguments *ret_arguments, struct keybag_client **ret_client);

/*
 * Says how long to wait, or that the passcode is disabled, before anybody is asked for a secret that nothing would be
 * done with. Returns 0, or after a message EXIT_THROTTLED or EXIT_FAILED.
 */
int session_check_tries(const struct keybag_info *info, bool recovery);

/*
 * Asks for the secret that opens the keybag: its recovery code if @recovery, its passcode if it has one, otherwise
 * none. Returns 0, or an exit code after a message.
 */
int session_ask(struct keybag_client *client, const struct arguments *arguments, bool recovery,
		const char *prompt, struct secret *ret_secret, struct keybag_proof *ret_proof);

/* The purpose that a secret is asked for. */
struct session_step {
	bool recovery;			/* the recovery code is asked for */
	const char *prompt;		/* for the passcode: "Passcode" */
	/* Tries it. Returns 0, a negative errno of @client, or an exit code after a message. */
	int (*run)(struct keybag_client *client, const struct arguments *arguments,
		   const struct keybag_proof *proof, struct keybag_attempt *ret_attempt, void *context);
	void *context;
};

/*
 * session_ask() and the step; at a terminal a wrong secret is asked for again, PROMPT_TRIES times in all. Warns of what
 * came with success. Returns an exit code, after a message if it is not 0.
 */
int session_try(struct keybag_client *client, const struct arguments *arguments, const struct session_step *step);

/* Name of the account whose keybag is meant, "" where it is not known. Good until the next call. */
const char *session_user_name(const struct arguments *arguments);

/* The losses that a command brings for ever. */
enum session_loss {
	LOSS_ALL	= 1 << 0,	/* the keybag: every item */
	LOSS_AKPU	= 1 << 1,	/* the passcode, or its key: items of the class akpu */
	LOSS_RECOVERY	= 1 << 2,	/* the recovery code */
};

/*
 * Says what will be lost (bits of enum session_loss), of which keybag, and how many items of which keychains these are,
 * and asks for "yes"; with --yes it only says how many. Complains where there is no such keybag. Returns 0, or an exit code after a message.
 */
int session_confirm_loss(struct keybag_client *client, const struct arguments *arguments, unsigned int losses);

/* Warns of a key derivation that is too cheap. */
void warn_of_kdf(const struct keybag_kdf *kdf);

#endif /* KEYBAGCTL_SESSION_H */
