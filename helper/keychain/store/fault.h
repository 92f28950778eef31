/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults keep the store from doing what it is asked for. Every function of the store that can fail answers one of these;
 * results of SQLite, errors of the kernel and of files become one where they are received: database_fault(),
 * store_key_fault(), fault_because(). The rooms above make a status of it, in one function of theirs.
 */
#ifndef KEYCHAIN_FAULT_H
#define KEYCHAIN_FAULT_H

#include <stdbool.h>

enum fault {
	FAULT_NONE = 0,
	FAULT_MEMORY,
	/* Faults of keys, and of what they open. */
	FAULT_LOCKED,		/* the class is not available now */
	FAULT_SUSPENDING,	/* nor is any: the machine goes to sleep */
	FAULT_ABSENT,		/* no such key was made yet */
	FAULT_DAMAGED,		/* the bytes are not those that were sealed */
	FAULT_REFUSED,		/* the kernel does not take the bytes for a blob that this descriptor may open */
	FAULT_NO_CLASS,		/* the keybag has no key of that class, or none of that generation */
	FAULT_NO_KEYBAG,	/* there is no descriptor of one */
	FAULT_UNLOADED,		/* the keybag has gone since */
	FAULT_OTHER_KEYBAG,	/* the file belongs to another one: owner.h */
	FAULT_NO_SEAL,		/* the module, or the keybag, has no class B: nothing can be sealed while locked */
	FAULT_LOOKUP_KEY,	/* a lookup key is damaged: all rows are to be hashed anew */
	FAULT_TOO_LONG,		/* attributes of one row */
	FAULT_BACKUP,		/* the backup keybag has ended, or its ticket is void */
	FAULT_DEVICE,		/* what is in the backup stays on another device, or with another user */
	FAULT_KEYBAG,		/* anything else of the keybag: store->keybag_error */
	/* Faults of the file: database.reason says which one, and what to do. */
	FAULT_FILE,		/* it cannot be used now */
	FAULT_READ_ONLY,
	FAULT_DISK,
	FAULT_DUPLICATE,	/* a row is there already */
	FAULT_TOO_LARGE,
	FAULT_TOO_MANY,		/* additions wait already */
	FAULT_DEFECT,		/* of this program */
};

/* A sentence for people. */
struct fault_reason {
	char text[768];
};

/* Sets the reason, and returns the fault. */
__attribute__((format(printf, 3, 4)))
enum fault fault_because(struct fault_reason *reason, enum fault fault, const char *format, ...);

/* Whether the bytes are no good, as opposed to the time or the machine. */
bool fault_is_damage(enum fault fault);

#endif
