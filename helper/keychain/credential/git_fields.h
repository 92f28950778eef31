/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines that git and its helpers say to each other, git-credential(1): "key=value", any bytes but NUL and the end of a
 * line in the value, up to an empty line or the end. The last of several lines of one key counts; keys that are none of
 * those below are ignored, and so may lines of them be of any length.
 */
#ifndef KEYCHAIN_CREDENTIAL_GIT_FIELDS_H
#define KEYCHAIN_CREDENTIAL_GIT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/common/secret.h"

enum git_field {
	GIT_PROTOCOL,
	GIT_HOST,
	GIT_PATH,
	GIT_USERNAME,
	GIT_PASSWORD,
	GIT_CREDENTIAL,		/* what another helper has given in place of a password */
	GIT_EXPIRY,		/* password_expiry_utc */
	GIT_REFRESH_TOKEN,	/* oauth_refresh_token */
	GIT_EPHEMERAL,
	GIT_FIELDS,
};

/* Bytes of a line with its end, as git-credential(1) limits it; and of all lines, so that an input without end has one. */
#define GIT_LINE_SIZE	65535
#define GIT_INPUT_SIZE	(16 << 20)

struct git_fields {
	struct secret values[GIT_FIELDS];	/* each with a zero behind it; without data: not given */
	struct secret line;			/* the one that is not whole yet */
	size_t total;
	bool skipping;				/* a long line of a key that is ignored */
};

#define GIT_FIELDS_NONE ((struct git_fields){ 0 })

/* Each is 0 or higher, or one of these. */
enum git_fields_result {
	GIT_FIELDS_OVER		= 0,	/* the empty line has come */
	GIT_FIELDS_MORE		= 1,
};

/*
 * Takes what has been read. Returns one of the above; -ENOMEM; -EMSGSIZE for a line or an input that is too long; -EINVAL
 * for a line without "=" or with a NUL.
 */
int git_fields_push(struct git_fields *fields, const char *bytes, size_t length);

/* The input has ended: its last line may have no end. Returns 0 or an error as above. */
int git_fields_end(struct git_fields *fields);

/* Reads from a descriptor to the empty line or the end. Returns 0, an error as above or another negative errno. */
int git_fields_read(int fd, struct git_fields *fields);

/* The value; NULL: not given. */
const char *git_fields_get(const struct git_fields *fields, enum git_field field);

/* The key, "password_expiry_utc". */
const char *git_field_name(enum git_field field);

/* Appends a line to @output, which grows. Returns 0 or -ENOMEM. @length: of @value, which has no end of a line in it. */
int git_fields_write(struct secret *output, enum git_field field, const char *value, size_t length);

/* Wipes. */
void git_fields_free(struct git_fields *fields);

#define CLEANUP_GIT_FIELDS CLEANUP(git_fields_free)

#endif
