/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Object paths of the Secret Service: what a path names, and the path of what is named.
 *
 *   SECRETS_PATH                        the service
 *   SECRETS_PATH/collection/NAME        a collection, by the name of its keychain (below)
 *   SECRETS_PATH/collection/NAME/ID     an item, by the 32 hexadecimal digits of its uuid
 *   SECRETS_PATH/aliases/NAME[/ID]      the same by an alias
 *   SECRETS_PATH/session/NUMBER
 *   SECRETS_PATH/prompt/NUMBER
 *
 * Bytes of a name other than letters and digits are _xx, in small hexadecimal digits.
 *
 * A collection has the name of its keychain, but for two: "session" is the keychain LOGIN_TIME_KEYCHAIN, as programs know that
 * path, and a keychain that a user has named so is "keychain.session".
 */
#ifndef SECRETSERVICE_PATH_H
#define SECRETSERVICE_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/keychain/base/reserved_names.h"

#define SECRETS_PATH		"/org/freedesktop/secrets"
#define COLLECTIONS_PATH	SECRETS_PATH "/collection"
#define ALIASES_PATH		SECRETS_PATH "/aliases"
#define SESSIONS_PATH		SECRETS_PATH "/session"
#define PROMPTS_PATH		SECRETS_PATH "/prompt"

#define PATH_NAME_SIZE	65	/* of a collection or an alias, with the NUL */
#define PATH_UUID_SIZE	16
#define PATH_SIZE	288	/* of any path that is made here, with the NUL */

enum path_kind {
	PATH_NONE = 0,		/* nothing that could be here */
	PATH_SERVICE,
	PATH_COLLECTION,
	PATH_ITEM,
	PATH_SESSION,
	PATH_PROMPT,
};

struct path {
	enum path_kind kind;
	bool alias;				/* @name is one of an alias */
	char name[PATH_NAME_SIZE];		/* of an alias, or of the keychain of a collection or of an item's */
	uint8_t uuid[PATH_UUID_SIZE];		/* of an item */
	uint64_t number;			/* of a session or prompt, not 0 */
};

/*
 * Says what @text names. There is one path for each thing: another spelling of a name or number is
 * PATH_NONE.
 */
void path_parse(const char *text, struct path *ret_path);

/* @name: of a keychain, at most PATH_NAME_SIZE - 1 bytes. */
void path_of_collection(const char *name, char ret_text[PATH_SIZE]);
void path_of_item(const char *name, const uint8_t uuid[PATH_UUID_SIZE], char ret_text[PATH_SIZE]);
void path_of_session(uint64_t number, char ret_text[PATH_SIZE]);
void path_of_prompt(uint64_t number, char ret_text[PATH_SIZE]);

#endif /* SECRETSERVICE_PATH_H */
