/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that a client shares with the service for as long as they are connected. Bodies that fit go
 * through it: a memory file for each would cost more than what most requests are about.
 *
 * The peer may write to it at any moment, so what came is copied out and only then looked at. Whoever
 * takes something out zeroes it, and the service zeroes all of it when the connection ends, so that a
 * client that is killed leaves nothing behind.
 */
#ifndef KEYCHAIN_MAILBOX_H
#define KEYCHAIN_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAILBOX_SIZE	8192

struct mailbox {
	uint8_t *shared;	/* locked, not dumped, absent in a forked child; NULL: none */
	size_t used;		/* bytes at its start that may not be zero */
	int descriptor;		/* of its memory file, on the service's side; -1: none */
};

/*
 * The service's side: a new one, of zeros, in a memory file that can neither shrink nor grow, whose descriptor is to be
 * sent. Returns 0 or a negative errno; there is none then.
 */
int mailbox_make(struct mailbox *mailbox);

/*
 * Zeroes all of it and unmaps it. Returns the descriptor, or -1: a client may keep the file and hold its lock, so what takes
 * the memory out of it is handover_release() in another thread.
 */
int mailbox_end(struct mailbox *mailbox);

/*
 * The client's side. Does not close @descriptor. Returns 0; -EINVAL: not a memory file as mailbox_make()
 * makes them; or another negative errno. There is none then.
 */
int mailbox_join(struct mailbox *mailbox, int descriptor);

/*
 * Takes out what the peer put in: copies it to @copy, which is the caller's to zero, and clears the
 * mailbox. Returns 0, or -EINVAL: not 1..MAILBOX_SIZE bytes, or no mailbox.
 */
int mailbox_take(struct mailbox *mailbox, size_t length, void *copy);

/* Whether the peer has taken out what was put in last, which did not begin with a zero byte. */
bool mailbox_was_taken(const struct mailbox *mailbox);

/* Zeroes what is known to have been put in. */
void mailbox_clear(struct mailbox *mailbox);

/* The client's side: zeroes all of it and unmaps it. */
void mailbox_leave(struct mailbox *mailbox);

/* In a forked child, which does not have that memory. */
void mailbox_forget(struct mailbox *mailbox);

#endif
