/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The identity of a peer, and the grants of root's files for it.
 */
#ifndef KEYCHAIND_IDENTITY_H
#define KEYCHAIND_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "helper/keychain/items/caller.h"
#include "helper/keychain/service/peer/cgroup.h"
#include "helper/keychain/service/peer/security_label.h"
#include "libkeybag/keybag.h"

struct identity {
	uid_t uid;
	pid_t pid;
	enum peer_kind kind;
	char name[PEER_NAME_SIZE];	/* "cron.service", "org.example.App"; "" for unconfined */
	char label[SECURITY_LABEL_SIZE];		/* when it connected */
	bool label_kept;		/* and when it was looked at */
	bool privileged;		/* when it was looked at, if a file asks for that: identity_is_privileged() */
	bool knows_program;
	struct keybag_program program;

	/* Its rights. */
	char *file;			/* the entitlement file that matched; NULL: none */
	/* By what it matched that a process can change: that is looked at with each request. */
	bool by_executable;
	bool by_label;
	bool by_privilege;
	char **groups;			/* in order; NULL-terminated */
	const char **sources;		/* why, for each: static text */
	char *application;
	char *prefix;
	bool tokens;
	bool all_groups;
	bool system;			/* may use the system keychain */
	bool on_behalf;			/* may ask on behalf of other processes */
	bool subject;			/* another one asks on its behalf: see subject.h */
};

/*
 * Makes @group, which is copied, the only one it has; NULL: it has none. @source: static text, why. Returns 0 or -ENOMEM.
 */
int identity_grant(struct identity *identity, const char *group, const char *source);

/* The group that all programs of a user share which run outside of any sandbox. Returns 0 or -ENOMEM. */
int identity_grant_unconfined(struct identity *identity);

/* As the engine wants it. Points into @identity. */
struct engine_caller identity_caller(const struct identity *identity);

/* "uid 1000, pid 4711 (cron.service)": for texts. */
void identity_describe(const struct identity *identity, char *ret_text, size_t size);

/* NULL is allowed. */
void identity_free(struct identity *identity);

#endif
