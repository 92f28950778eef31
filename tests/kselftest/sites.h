/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every place where a command follows an address the caller gave: one function each, which runs the
 * command with that address, all else being well.
 */
#ifndef KEYBAG_SELFTEST_SITES_H
#define KEYBAG_SELFTEST_SITES_H

#include "bag.h"
#include "data.h"

#define SITE_LENGTH	32
#define SITE_BLOB	(SITE_LENGTH + KEYBAG_BLOB_OVERHEAD)
#define SITE_SECRET	"the secret behind the address..."

/* Objects that the commands work on. */
struct site_context {
	struct bag *bag;	/* unlocked */
	int fd;			/* bound to it */
	__u8 blob[SITE_BLOB];	/* SITE_SECRET under ak, without AAD */
	__u8 child_blob[CHILD_BLOB];
	int child;		/* under ak */
	struct secret wrong;	/* so that an UNLOCK changes nothing */
};

enum site_direction {
	SITE_READS,
	SITE_WRITES,
};

struct site {
	const char *name;
	int (*run)(struct site_context *context, void *address);
	enum site_direction direction;
	bool secret;		/* what it writes is plaintext */
	/*
	 * Its answer if the bag was locked while it waited for the page; 0: it may go either way,
	 * as the operation was over, or is one of control.
	 */
	int locked;
};

extern const struct site sites[];
extern const unsigned int site_count;

int site_context_open(struct site_context *context, struct bag *bag);
void site_context_close(struct site_context *context);

#endif /* KEYBAG_SELFTEST_SITES_H */
