/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request, or one thing the daemon does by itself, from its start to its reply.
 *
 * It is made and finished by the main thread. In between, work() may run in a thread of its own; it uses
 * only the operation, the kernel and the files of its keybag, never the daemon's own state.
 */
#ifndef KEYBAGD_OPERATION_H
#define KEYBAGD_OPERATION_H

#include "libkeybag/keybag.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bag.h"
#include "common/handover.h"
#include "common/message.h"
#include "common/secret.h"
#include "worker.h"

struct connection;
struct operation;

/* What a request may carry, and who may send it. */
enum {
	TAKES_TARGET	= 1 << 0,	/* uid, uuid, system */
	TAKES_PROOF	= 1 << 1,
	TAKES_PASSCODE	= 1 << 2,
	TAKES_KDF	= 1 << 3,
	TAKES_FLAGS	= 1 << 4,
	TAKES_REASON	= 1 << 5,
	TAKES_FORM	= 1 << 6,
	TAKES_TICKET	= 1 << 7,
	TAKES_CURSOR	= 1 << 8,
	ROOT_ONLY	= 1 << 9,
	NEEDS_BAG	= 1 << 10,	/* the target has to have a keybag */
	TELLS_TRY	= 1 << 11,	/* the reply tells state, failures, delay and warnings */
	NEEDS_KERNEL	= 1 << 12,	/* means nothing without the module */
	UNLOCKS		= 1 << 13,	/* a lock that comes later goes first */
	KEYCHAIN_ONLY	= 1 << 14,	/* for keychaind and root; of any user */
	TAKES_PID	= 1 << 15,
};

struct handler {
	const char *name;
	unsigned int properties;
	uint32_t flags;				/* that are known */
	/* Main thread, first. Returns 0 or an error that is in the outcome. May be NULL. */
	int (*prepare)(struct operation *operation);
	/* Own thread, when it is the keybag's turn. NULL: the reply follows prepare() at once. */
	void (*work)(struct operation *operation);
	/* Main thread, after work(), error or not. May be NULL. */
	void (*finish)(struct operation *operation);
	/* Adds to a reply without error. May be NULL. */
	void (*reply)(struct operation *operation, struct writer *writer);
	/* Main thread, when a reply without error was sent on @connection. May be NULL. */
	void (*replied)(struct operation *operation, struct connection *connection);
};

struct operation {
	struct worker worker;
	struct operation *next;			/* in the queue of its keybag */
	uint64_t turn;				/* order of arrival among all */
	const struct handler *handler;
	struct connection *connection;		/* NULL: the daemon's own, or the peer is gone */
	uint64_t id;				/* of the request */
	uid_t peer_uid;
	pid_t peer_pid;

	/* Whose keybag */
	uint32_t type;				/* enum keybag_type */
	uid_t owner;
	bool named;				/* by the request; else it is the peer's own */
	bool named_by_uuid;
	struct bag *bag;			/* main thread only; NULL: none */
	uint8_t uuid[KEYBAG_UUID_SIZE];
	char label[320];

	/* What the request carried */
	uint32_t flags;
	uint32_t reason;
	uint32_t proof_kind;			/* enum keybag_protector_kind; 0: none */
	struct secret proof;
	bool new_passcode;
	struct secret passcode;
	struct keybag_kdf kdf;			/* of the new passcode */
	uint8_t *form;				/* to recover */
	size_t form_length;
	uint8_t ticket[KEYBAG_TICKET_SIZE];
	bool accept_renamed;			/* the account of the keybag was renamed */
	uint32_t pid;				/* of a process that is asked about */
	bool has_cursor;
	uint8_t cursor[KEYBAG_UUID_SIZE];

	/* Under way */
	uint32_t memory_kib;			/* that its KDFs will use at a time */
	struct secret key;			/* passcode key, or secret of a recovery code */
	uint8_t salt[KEYBAG_SALT_SIZE];		/* of the passcode @key is for */
	uint64_t try_id;			/* begun, not used up */
	bool remote;				/* the proof was typed elsewhere */
	bool verified;				/* and is a login password, which was right */
	atomic_bool voided;			/* by a lock; set by the main thread at any time */

	/* What came out */
	struct outcome outcome;
	bool loaded;				/* the keybag is in the kernel afterwards */
	bool on_disk;				/* it is there afterwards */
	bool erased;				/* for too many wrong passcodes */
	bool knows_facts;
	struct bag_facts facts;
	struct handover handover;		/* goes with the reply */
};

/* A new one, or NULL. */
struct operation *operation_new(const struct handler *handler);

/* Makes it an operation on that keybag. */
void operation_set_bag(struct operation *operation, struct bag *bag);

/* Wipes what it holds and releases it. */
void operation_free(struct operation *operation);

static inline bool operation_privileged(const struct operation *operation)
{
	return operation->peer_uid == 0;
}

static inline struct keybag_requester operation_requester(const struct operation *operation)
{
	return (struct keybag_requester){
		.uid = operation->peer_uid,
		.pid = (uint32_t)operation->peer_pid,
	};
}

#endif /* KEYBAGD_OPERATION_H */
