/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Constraints: ssh-add says that a key is to be used in some ways only.
 */
#ifndef SSHAGENT_CONSTRAINT_H
#define SSHAGENT_CONSTRAINT_H

#include "helper/sshagent/wire/reader.h"

struct constraints {
	bool ends;			/* it has a lifetime: */
	uint32_t lifetime;		/* seconds; with 0 it has ended when it is there */
	bool confirm;			/* the user is asked for each signature */
	bool restricted;		/* to destinations: */
	struct bytes destinations;	/* as destination.h reads them; within the bytes that were read */
};

/*
 * Reads all that is left. Fails @from where there is one that is not known, or that names a library to be loaded: a key is not
 * to be used more freely than its owner wants.
 */
void constraints_read(struct reader *from, struct constraints *ret_constraints);

/* Whether a key has any, with which it lives in memory only. */
bool constraints_any(const struct constraints *constraints);

#endif /* SSHAGENT_CONSTRAINT_H */
