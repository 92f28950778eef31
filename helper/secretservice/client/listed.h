/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collections whose items a client has listed and keeps. libsecret looks at no other list than the one it was told last, so that the
 * client is told the whole of it again when it is another one.
 */
#ifndef SECRETSERVICE_LISTED_H
#define SECRETSERVICE_LISTED_H

#include "client.h"
#include "helper/secretservice/store/collection_names.h"

/* A client has so many; of more it is not told. */
#define LISTED_MAX	COLLECTIONS_MAX

struct listed {
	struct listed *next;
	char keychain[KEYCHAIN_NAME_SIZE];
	uint64_t due;	/* the client has another list than there is: smaller since longer ago; 0: it has this one */
	unsigned int failures;	/* in a row, to read it anew */
	uint64_t not_before_us;	/* on CLOCK_MONOTONIC: after a failure it waits that long */
	bool waits;	/* until the keybag is opened; it is due then */
	bool unread;	/* items in it were shown as locked ones that seen.h has no room for: they have to be read again */
};

/* The client was told what is in @keychain, or, unless @complete, that this is not known yet. Without memory it is not told of. */
void listed_note(struct client *client, const char *keychain, bool complete);

/* NULL: the client has not listed it. */
struct listed *listed_find(const struct client *client, const char *keychain);

/* There is another list for those who see what @client sees, NULL: for all. Returns whether somebody has listed it. */
bool listed_change(const struct client *client, const char *keychain);

/* The keybag was opened: nothing waits for that any more, and what is unread is due. Returns whether anything is, be it from before. */
bool listed_opened(void);

/* The list that is due for longest and waits for nothing, and whose it is. NULL: none. */
struct listed *listed_next(uint64_t now_us, struct client **ret_client);

/* When the first of those that are due, and do not wait for the keybag, may be read; UINT64_MAX: there is none. */
uint64_t listed_soonest(void);

/* It has been told, or cannot be: it is due again with the next change. */
void listed_done(struct listed *listed);

/* It could not be read: it is due again at that time, and the others go first. */
void listed_failed(struct listed *listed, uint64_t not_before_us);

/* Nobody has listed it any more. */
void listed_forget_of_all(const char *keychain);
void listed_forget(struct client *client);

#endif /* SECRETSERVICE_LISTED_H */
