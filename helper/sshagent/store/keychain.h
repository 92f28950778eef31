/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's keychain "login", and in it two groups: one that no other program reaches, with the private keys, and the one of
 * the user's programs, with what anybody may know of them.
 */
#ifndef SSHAGENT_KEYCHAIN_H
#define SSHAGENT_KEYCHAIN_H

#include "helper/keychain/include/keychain.h"

#define KEYCHAIN_NAME		"login"
/* Not over what a person waits for; others wait meanwhile. */
#define KEYCHAIN_LIMIT_NS	UINT64_C(5000000000)

enum key_half {
	HALF_PUBLIC,		/* the public key and the comment; readable from the first unlock on */
	HALF_PRIVATE,		/* the private key, while the keybag is open */
};

/*
 * Begins, and says whether root's entitlement files grant this program the group of private keys. Returns 0,
 * errSecMissingEntitlement where they do not, or another status, all logged.
 */
int keychain_begin(void);
void keychain_end(void);

/*
 * Whether it was refused private keys since: another file may be in the place of this program, as after an upgrade, and root's files
 * grant them to that one. Asked: for a client, who had nothing of it.
 */
enum keychain_refusal {
	REFUSAL_NONE = 0,
	REFUSAL_UNASKED,
	REFUSAL_ASKED,
};

enum keychain_refusal keychain_refusal(void);
/* Notes @status, of a request for private halves, and returns it. */
int keychain_note(int status, enum keychain_refusal kind);
/* Asks whether they are granted still. */
void keychain_look(void);
/* Asks again where they were refused; what has passed is forgotten. */
bool keychain_still_refuses(void);

/* For a request that is to be made now. */
struct keychain_client *keychain_now(void);

/* The items of one half, or with @fingerprint the one of that key. Release with keychain_query_free(). */
struct keychain_query *keychain_query_of(enum key_half half, const char *fingerprint);

#endif /* SSHAGENT_KEYCHAIN_H */
