/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between docker and its helpers: a login is {"ServerURL":"…","Username":"…","Secret":"…"}, a list
 * {"URL":"user",…}. Others that read them compare some complaints by their text, so these are in English.
 */
#ifndef KEYCHAIN_CREDENTIAL_DOCKER_MESSAGE_H
#define KEYCHAIN_CREDENTIAL_DOCKER_MESSAGE_H

#include <stddef.h>

#include "helper/common/cleanup.h"
#include "helper/keychain/base/value.h"
#include "helper/keychain/include/keychain.h"

#define DOCKER_NOT_FOUND	"credentials not found in native keychain"
#define DOCKER_NO_URL		"no credentials server URL"
#define DOCKER_NO_USERNAME	"no credentials username"

struct docker_message {
	struct value *value;	/* what the others are parts of; wiped when released */
	const char *url, *username;
	const void *secret;
	size_t secret_length;
};

/*
 * Reads a login. Returns 0, -ENOMEM, or -EINVAL, and then *@ret_problem is the complaint. Keys that are not known are
 * ignored; a secret that is missing is empty.
 */
int docker_message_parse(const char *text, size_t length, struct docker_message *ret_message, const char **ret_problem);

void docker_message_free(struct docker_message *message);

#define CLEANUP_DOCKER_MESSAGE CLEANUP(docker_message_free)

/*
 * The server's URL that is asked for: the input without space around it, which may be docker's own end of a line. Cuts
 * @text. Returns NULL, with the complaint, where there is none.
 */
char *docker_message_url(char *text, size_t length, const char **ret_problem);

/*
 * A login as text with an end of a line, to be released with json_free(). Returns 0, -ENOMEM, or -EILSEQ for a secret that
 * is not UTF-8.
 */
int docker_message_login(const char *url, const char *username, const void *secret, size_t secret_length, char **ret_text,
			 size_t *ret_length);

#endif
