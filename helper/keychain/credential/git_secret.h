/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret of git's: the password, and in lines behind it when it expires and the token that gets another one:
 *
 *   hunter2
 *   password_expiry_utc=1684189401
 *   oauth_refresh_token=xyzzy
 *
 * They are in the secret and not in attributes, as git's own helpers for libsecret and for macOS have them: the refresh token is
 * as secret as the password; attributes are found by hashes that are there while the class is locked, so that guesses at
 * them can be tested; one write replaces all three or none; and no password of git's has an end of a line in it. An item that
 * something else has made may have any lines behind the first, which stay when git changes the password.
 */
#ifndef KEYCHAIN_CREDENTIAL_GIT_SECRET_H
#define KEYCHAIN_CREDENTIAL_GIT_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "git_fields.h"

/* Parts of the bytes that were parsed. */
struct git_secret {
	const char *password, *expiry, *token;		/* without zeros behind them; expiry, token NULL: none */
	const char *others;				/* what is behind the first line, from its end on; NULL: nothing */
	size_t password_length, expiry_length, token_length, others_length;
};

/* Returns false for a password that git cannot be told: it has a NUL. A line that has one, or is malformed, is none. */
bool git_secret_parse(const void *bytes, size_t length, struct git_secret *ret_secret);

/* Whether the password's time is over at @now; that of 0 never is. */
bool git_secret_expired(const struct git_secret *secret, time_t now);

/* Whether the password is that of the fields, in a time that tells the lengths alone. */
bool git_secret_has_password(const struct git_secret *secret, const char *password);

/* Whether the fields say nothing that is not in the secret already. */
bool git_secret_has_all(const struct git_secret *secret, const struct git_fields *fields);

/*
 * The secret of the fields, which have a password, with lines of @former, the one that it replaces, which are not git's; NULL:
 * there is none. Returns 0 or -ENOMEM.
 */
int git_secret_of_fields(const struct git_fields *fields, const struct git_secret *former, struct secret *ret_bytes);

#endif
