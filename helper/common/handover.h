/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A secret on its way to another process: in a memory file that is passed by descriptor. Sockets and
 * pipes leave copies in pages that nobody wipes.
 */
#ifndef KEYBAG_COMMON_HANDOVER_H
#define KEYBAG_COMMON_HANDOVER_H

#include <stdbool.h>

#include "secret.h"

/* The sender's side. Its locked mapping keeps the page in RAM until both are done with it. */
struct handover {
	int descriptor;
	void *mapping;
	size_t length;
};

#define HANDOVER_NONE ((struct handover){ .descriptor = -1 })

/* A memory file of @length zeros that keeps its size, whoever has it. Returns it or a negative errno. */
int handover_file(size_t length);

/*
 * Puts @length bytes at @text into a new memory file; NULL: zeros, for the caller to write to the mapping.
 * Returns 0 or a negative errno.
 */
int handover_new(struct handover *handover, const void *text, size_t length);

/* Zeroes the file, whoever else holds it, gives its memory back, and closes it. */
void handover_free(struct handover *handover);

/*
 * Zeroes one that was sent to somebody who is not trusted, without giving its memory back: that would wait for the lock of the
 * file's inode, which the receiver may hold for ever. Returns its descriptor, for handover_release() in another thread, or
 * -1.
 */
int handover_zero_sent(struct handover *handover);

/* Zeroes @size bytes of a mapped memory file. Pages that are not there are not made: they would be on this process's account. */
void handover_zero_pages(void *mapping, size_t size);

/* Whether the receiver has read it, and so zeroed it. Of what does not begin with a zero byte. */
bool handover_was_read(const struct handover *handover);

#define CLEANUP_HANDOVER CLEANUP(handover_free)

/*
 * The receiver's side: reads 1..@maximum bytes into locked memory and zeroes the file, also without memory for them. It
 * takes none of the receiver's memory, see handover_release(), and waits for nothing that the sender does. Does not close
 * @descriptor.
 * Returns 0, -EINVAL (not a memory file that is sealed against shrinking and can be zeroed, or a wrong size) or -ENOMEM.
 */
int handover_receive(int descriptor, size_t maximum, struct secret *ret_secret);

/*
 * Takes all pages out of a memory file that was received or sent: its other holder may keep it, with pages on this process's
 * account (those it cuts out while they are zeroed are made again). Leaves other files as they are. It waits for the lock of
 * the file's inode, which the other may hold for ever: not in a thread that serves others.
 */
void handover_release(int descriptor);

#endif /* KEYBAG_COMMON_HANDOVER_H */
