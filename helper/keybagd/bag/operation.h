/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request, or one thing the daemon does by itself, from its start to its reply.
 *
 * It is made and finished by the main thread. In between, work() may run in a thread of its own; it uses
 * only the operation, the kernel and the files of its keybag, never the daemon's own state.
 *
 *   none → made        operation_new(), operation_set_bag(); handler->prepare()
 *   made → queued      queue_add(), queue_add_own()
 *   queued → working   its keybag is free, its KDF fits: queue.c, start_next(), calls handler->work()
 *   working → ended    handler->finish(), then operation_end(); the same from made where there is no work()
 *   queued → ended     the daemon ends: queue_stop(), operation_end() with @dropped
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
#include "keybagd/log/event_repeat.h"
#include "keybagd/store/password_mismatch_file.h"
#include "worker.h"

struct operation;

/* Fields that a request may carry, and who may send it. */
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
	ANY_MODULE	= 1 << 16,	/* goes with a module of another version, too */
	TAKES_IDLE	= 1 << 18,
	WATCHES		= 1 << 17,	/* the peer hears of its target from then on */
	OFFERS_CREATE	= 1 << 19,	/* where there is no keybag the reply tells whether the login makes one */
	TAKES_CERTIFICATE = 1 << 23,
	LOCKS_LATE	= 1 << 21,	/* a lock that comes meanwhile is made good afterwards */
	OF_NO_BAG	= 1 << 22,	/* work() is about the machine, and waits for no keybag's turn; with ROOT_ONLY */
	EVERY_BAG	= 1 << 20,	/* of an owner who has more than one, all are meant unless one is named */
};

struct handler {
	const char *name;
	unsigned int properties;
	uint32_t flags;				/* that are known */
	/*
	 * Main thread, first. Returns 0, 1: nothing is left to do, the reply follows at once; or an error that is in the
	 * result. May be NULL.
	 */
	int (*prepare)(struct operation *operation);
	/* Own thread, when it is the keybag's turn. NULL: the reply follows prepare() at once. */
	void (*work)(struct operation *operation);
	/* Main thread, after work(), error or not. May be NULL. */
	void (*finish)(struct operation *operation);
	/* Adds to a reply without error. May be NULL. */
	void (*reply)(struct operation *operation, struct writer *writer);
};

struct operation {
	struct worker worker;
	struct operation *next;			/* in the queue of its keybag */
	uint64_t turn;				/* order of arrival among all */
	const struct handler *handler;
	void *asker;				/* NULL: the daemon's own, or the peer is gone */
	/* Main thread, last: tells @asker how it has ended, or was dropped because the daemon ends. May be NULL. */
	void (*ended)(struct operation *operation, bool dropped);
	uint64_t id;				/* of the request */
	uid_t peer_uid;
	pid_t peer_pid;

	/* The keybag and its owner */
	uint32_t type;				/* enum keybag_type */
	uid_t owner;
	bool named;				/* by the request; else it is the peer's own */
	bool named_by_uuid;
	struct bag *bag;			/* main thread only; NULL: none */
	uint8_t uuid[KEYBAG_UUID_SIZE];
	char label[320];

	/* Contents of the request */
	uint32_t flags;
	uint32_t reason;
	uint32_t proof_kind;			/* enum keybag_protector_kind; 0: none */
	struct secret proof;
	bool new_passcode;
	struct secret passcode;
	struct keybag_kdf kdf;			/* of the new passcode */
	uint8_t *form;				/* to recover */
	size_t form_length;
	uint8_t *certificate;			/* of an organisation, as it was sent */
	size_t certificate_length;
	struct organisation *configured;	/* that of keybagd.conf when it was asked; NULL: none */
	uint8_t ticket[KEYBAG_TICKET_SIZE];
	bool accept_renamed;			/* the account of the keybag was renamed */
	bool accept_unnoted;			/* whose it is was proven, or checked before: it needs no note */
	uint32_t pid;				/* of a process that is asked about */
	uint32_t idle;				/* seconds */
	bool has_cursor;
	uint8_t cursor[KEYBAG_UUID_SIZE];

	/* Under way */
	bool secret;				/* it has carried one since it was queued */
	uint32_t memory_kib;			/* that its KDFs will use at a time; see queue.c */
	bool expensive;				/* they cost more than users' may */
	struct secret key;			/* passcode key, or secret of a recovery code, also of an organisation's */
	uint8_t salt[KEYBAG_SALT_SIZE];		/* of the passcode @key is for */
	bool keep_ticket;			/* for its session, which is still to come */
	unsigned int ticket_round;		/* when its ticket was asked for */
	struct secret hardware;			/* S of @key; of a wrong one made up */
	bool made_up;				/* @hardware is */
	bool counted_by_tpm;			/* @key is wrong, and the kernel has not counted it yet */
	uint32_t tpm_tries;			/* that the TPM has left */
	struct guard_file new_guard;		/* of the new passcode, with its S */
	struct secret new_hardware;
	uint64_t try_id;			/* begun, not used up */
	uint32_t failures_before;		/* that counted when it was begun */
	bool remote;				/* the proof was typed elsewhere */
	bool verified;				/* and is a login password, which was right */
	bool authenticates;			/* the answer lets somebody into the account */
	bool if_closed;				/* one that is open is not tried */
	bool first_passcode;			/* it had none before */
	bool counted;				/* by create_quota.h */
	bool remembered;			/* the kernel was asked for it, and may remember its UUID */
	bool yields;				/* the daemon's own load: takes no other keybag's place in the kernel */
	bool owner_unnoted;			/* its account is right, but not noted on the disk */
	bool owner_unanswered;			/* nobody answers for the accounts, or they lack its owner, who may come */
	bool claims;				/* its keybag was nobody's that is known, and counts as @owner's meanwhile */
	/* Which one of /etc/shadow, as far as root has verified it and it is there; password_mismatch_file.h. */
	char login_setting[LOGIN_SETTING_SIZE];
	/* By a lock (of those that unlock, and of those that lock late), by an eviction: set by the main thread at any time. */
	atomic_bool voided;
	atomic_bool passed_over;
	atomic_bool evicted;

	/* Results */
	struct request_result result;
	bool loaded;				/* the keybag is in the kernel afterwards */
	bool on_disk;				/* it is there afterwards */
	bool erased;				/* for too many wrong passcodes */
	bool knows_info;
	struct bag_info info;
	struct store_stamp stamp;		/* its form before that was read */
	struct handover handover;		/* goes with the reply */
	uint8_t sealed[ORGANISATION_MAX_SEALED];	/* to an organisation; goes with the reply */
	size_t sealed_length;
};

/* A new one, or NULL. */
struct operation *operation_new(const struct handler *handler);

/* Makes it an operation on that keybag. */
void operation_set_bag(struct operation *operation, struct bag *bag);

/* An event of it that is told once a minute. */
struct event_source operation_event(const struct operation *operation, uint32_t number);

/* Notes in its result why it fails, and returns the error: a text, or libkeybag's after the label. */
#define operation_fail(operation, ...) request_result_fail(&(operation)->result, __VA_ARGS__)

static inline int operation_fail_plain(struct operation *operation, int error)
{
	return request_result_fail_plain(&operation->result, error, operation->label);
}

/* Says that its keybag is not there, or (-ENOTUNIQ) which one is not clear, and what to do. */
int operation_no_bag(struct operation *operation, int error);

/* Tells whoever asked, and releases it. */
void operation_end(struct operation *operation, bool dropped);

/* Wipes what it holds and releases it. */
void operation_free(struct operation *operation);

static inline bool operation_privileged(const struct operation *operation)
{
	return operation->peer_uid == 0;
}

/* Not while it is working: its thread makes a key of what it carries. */
static inline bool operation_has_secret(const struct operation *operation)
{
	return operation->proof.data || operation->passcode.data || operation->key.data;
}

static inline struct keybag_requester operation_requester(const struct operation *operation)
{
	return (struct keybag_requester){
		.uid = operation->peer_uid,
		.pid = (uint32_t)operation->peer_pid,
	};
}

#endif /* KEYBAGD_OPERATION_H */
