/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys that were added with a lifetime, for confirmed use or for destinations, and those that came over a forwarded connection:
 * in memory, until the login ends.
 */
#ifndef SSHAGENT_HELD_KEYS_H
#define SSHAGENT_HELD_KEYS_H

#include <systemd/sd-event.h>

#include "helper/sshagent/bind/binding.h"
#include "helper/sshagent/bind/constraint.h"
#include "helper/sshagent/store/sealed_key.h"

#define HELD_KEYS_MAX	256
/* So many of other hosts: room for the user's own is left. */
#define HELD_KEYS_REMOTE_MAX	32

struct held_key {
	struct held_key *next;		/* in the order in which they were added */
	struct bytes blob, comment;	/* in the key's own memory, as the destinations are */
	struct constraints constraints;
	uint64_t end_us;		/* on CLOCK_BOOTTIME; UINT64_MAX: never */
	bool remote;			/* another host has added it */
	struct sealed_key sealed;
};

/* @ended: called from the loop behind the end of some. Returns 0 or a negative errno. */
int held_keys_begin(sd_event *loop, void (*ended)(void));

/*
 * Removes those whose time is over: to be called when a request begins or goes on. Between these calls and those that add or
 * remove, keys stay where they are; the timer, too, comes in the loop only.
 */
void held_keys_expire(void);

/* The first one. */
const struct held_key *held_keys_first(void);

/* NULL: there is none. */
const struct held_key *held_keys_find(struct bytes blob);

/* Whether a connection with these bindings may see it. */
bool held_key_shown(const struct held_key *key, const struct bindings *bindings);

/*
 * In the place of one of that public key. @remote: another host adds it. Returns 0 or a negative errno: -ENOKEY: the keybag is
 * locked; -EDQUOT: there are too many.
 */
int held_keys_add(struct bytes blob, struct bytes comment, const struct constraints *constraints, struct bytes record, bool remote);

/* Returns whether there was one. */
bool held_keys_remove(struct bytes blob);
void held_keys_remove_all(void);

#endif /* SSHAGENT_HELD_KEYS_H */
