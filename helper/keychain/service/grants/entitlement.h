/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entitlement file, as keychain-entitlements(5) describes it: whom it is about and what it
 * grants.
 */
#ifndef KEYCHAIND_ENTITLEMENT_H
#define KEYCHAIND_ENTITLEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ENTITLEMENT_MAX_FILE	65536
#define ENTITLEMENT_MAX_GROUPS	128
#define ENTITLEMENT_MAX_WORD	255	/* bytes of a group, an identifier */

/* In the name of a group, once: the uid of the user whose program it is. */
#define ENTITLEMENT_USER	"%U"

/* The group of tokens: read only, last in order, wherever a file has it. */
#define TOKEN_GROUP		"com.apple.token"

struct words {
	char **words;		/* NULL-terminated */
	size_t count;
};

struct entitlement {
	char *path;
	char *problem;		/* why it grants nothing; NULL: it is in order */

	/* [Match]: all that are given have to hold. */
	char *executable;
	char *unit;
	char *flatpak;
	char *snap;
	char *container;
	char *label;
	char *user;
	bool privileged;		/* it has CAP_SYS_ADMIN or CAP_SYS_PTRACE */

	/* [Grant] */
	char *prefix;
	char *application;
	struct words groups;		/* KeychainAccessGroups */
	struct words associated;	/* AssociatedApplicationIdentifiers */
	struct words application_groups;
	bool system;
	bool on_behalf;			/* may ask on behalf of other processes; of an executable only */
};

/*
 * Reads the text of a file. Returns false where it is malformed; then and only then
 * @entitlement->problem says what and in which line. Release with entitlement_clear() in either
 * case. @path is copied.
 */
bool entitlement_parse(struct entitlement *entitlement, const char *path, const char *text,
		       size_t length);

void entitlement_clear(struct entitlement *entitlement);

/*
 * The access groups it grants to a program of @uid (NULL: of anybody, and ENTITLEMENT_USER stays as it is), in order, the token
 * group and "*" left out; NULL-terminated, each from malloc(), with a static text in @ret_sources why. @ret_tokens, @ret_all:
 * whether those were among them. Returns NULL without memory.
 */
char **entitlement_groups(const struct entitlement *entitlement, const uid_t *uid, const char ***ret_sources,
			  bool *ret_tokens, bool *ret_all);

/* The identifier of the application with its prefix, or NULL: it has none. From malloc(). */
char *entitlement_application(const struct entitlement *entitlement);

#endif
