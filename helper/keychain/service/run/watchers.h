/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watchers, who are told of changes. A watcher belongs to one connection and its thread, and has what has changed since it was
 * told last, of what its caller may see; threads that change something add to it, and never wait for it.
 */
#ifndef KEYCHAIND_WATCHERS_H
#define KEYCHAIND_WATCHERS_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/keychain/base/value.h"
#include "helper/keychain/items/caller.h"
#include "helper/keychain/items/change.h"
#include "keychain_id.h"

/* At a time, of one user and of one application of a user's (limits.h). */
#define WATCHERS_OF_USER	64
#define WATCHERS_OF_APPLICATION	16

struct watcher;

/* One who watches, and what. */
struct watching {
	struct keychain_id keychain;
	bool by_default;		/* it was not named, and is the default one */
	uid_t uid;
	uint32_t application;
	unsigned int generation;	/* of the entitlements that the caller's groups are of */
	int wake;			/* eventfd of its thread: there is something to tell */
};

/*
 * Makes *watcher, or brings it up to date; what it was to be told before stays, but anything may have changed where its
 * keychain or its groups are others than before. Returns 0, -EDQUOT or -ENOMEM.
 */
int watcher_set(struct watcher **watcher, const struct watching *watching, const struct engine_caller *caller);

/* NULL is allowed. */
void watcher_free(struct watcher *watcher);

/* Its caller has these groups now; where they may be others than before, anything may have changed. Without memory: none. */
void watcher_regroup(struct watcher *watcher, unsigned int generation, const struct engine_caller *caller);

/* Notes that anything may have changed, where the entitlements are others than those of its groups. */
void watcher_refresh(struct watcher *watcher, unsigned int generation);

/* Notes that anything may have changed: its thread looks at it, and at its caller. */
void watcher_wake(struct watcher *watcher);

bool watcher_ready(struct watcher *watcher);

/*
 * Takes what there is to be told: array of { event, class, v_PersistentRef, agrp }, or of { event: "anything" } alone; NULL:
 * nothing, or no memory, and then it is to be told later.
 */
struct value *watcher_take(struct watcher *watcher);

/* From any thread. */
void watchers_publish(const struct keychain_id *keychain, const struct changes *changes);
void watchers_publish_anything(const struct keychain_id *keychain);
/* The owner of that keychain has another default one. */
void watchers_publish_default(const struct keychain_id *of);
/* Whether anybody watches it. */
bool watchers_of(const struct keychain_id *keychain);

#endif
