/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A descriptor together with the file that it is of. A program that forked may close all descriptors in the child, and have
 * a file of its own under a number that a library noted before.
 */
#ifndef KEYBAG_COMMON_OWNED_DESCRIPTOR_H
#define KEYBAG_COMMON_OWNED_DESCRIPTOR_H

#include <stdint.h>
#include <sys/types.h>

struct owned_descriptor {
	int number;		/* negative: none */
	uint64_t process;	/* process_mark() of the one that took it */
	dev_t device;
	ino_t inode;
};

#define OWNED_DESCRIPTOR_NONE ((struct owned_descriptor){ .number = -1 })

/* Takes @number, or a negative one: none. */
struct owned_descriptor owned_descriptor_of(int number);

/*
 * Closes it, unless another file has its number by now. In a child one of a kind that has no inodes of its own stays open:
 * it could be any. There is none then.
 */
void owned_descriptor_close(struct owned_descriptor *owned);

#endif /* KEYBAG_COMMON_OWNED_DESCRIPTOR_H */
