/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a peer is, from the kernel, and what root's files grant it.
 */
#ifndef KEYCHAIND_IDENTITY_H
#define KEYCHAIND_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "connection.h"
#include "helper/keychain/engine/engine.h"
#include "libkeybag/keybag.h"

enum identity_kind {
	IDENTITY_UNCONFINED, /* a program of a session, or of nobody's: not told from others of its
				uid */
	IDENTITY_UNIT,	     /* system unit */
	IDENTITY_FLATPAK,
	IDENTITY_SNAP,
	IDENTITY_CONTAINER, /* something else that has a control group of its own */
};

#define IDENTITY_NAME_SIZE	256

struct identity {
	uid_t uid;
	pid_t pid;
	enum identity_kind kind;
	char name[IDENTITY_NAME_SIZE];	/* "cron.service", "org.example.App"; "" for unconfined */
	char label[LABEL_SIZE];		/* when it connected */
	bool label_kept;		/* and when it was looked at */
	bool knows_program;
	struct keybag_program program;

	/* What it may do. */
	char *file;			/* the entitlement file that matched; NULL: none */
	/* By what it matched that a process can change: that is looked at with each request. */
	bool by_executable;
	bool by_label;
	char **groups;			/* in order; NULL-terminated */
	const char **sources;		/* why, for each: static text */
	char *application;
	char *prefix;
	bool tokens;
	bool all_groups;
	bool system;			/* may use the system keychain */
};

struct entitlements;

/*
 * Looks at the peer. @client: to ask keybagd by. Returns 0; -EPERM (user namespace), -ESRCH (the
 * peer is gone), or another negative errno.
 */
int identity_find(const struct connection *connection, struct keybag_client *client,
		  struct identity **ret_identity);

/* Whether the process is still the one that was found. */
bool identity_holds(const struct identity *identity, const struct connection *connection,
		    struct keybag_client *client);

/* As the engine wants it. Points into @identity. */
struct engine_caller identity_caller(const struct identity *identity);

/* "uid 1000, pid 4711 (cron.service)": for texts. */
void identity_describe(const struct identity *identity, char *ret_text, size_t size);

const char *identity_kind_name(enum identity_kind kind);

/* NULL is allowed. */
void identity_free(struct identity *identity);

#endif
