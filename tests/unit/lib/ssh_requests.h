/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the SSH agent as a whole, with a keychain, a keybag, a person and a clock that are the test's.
 */
#ifndef UNIT_SSH_REQUESTS_H
#define UNIT_SSH_REQUESTS_H

#include <time.h>

#include "helper/sshagent/agent/request.h"
#include "helper/sshagent/ask/ask.h"
#include "ssh_keys.h"

#define BYTES(text) ((struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 })
#define LIST	11
#define SIGN	13
#define ADD	17
#define REMOVE	18
#define REMOVE_ALL	19
#define LOCK	22
#define UNLOCK	23
#define ADD_CONSTRAINED	25
#define LIFETIME(seconds) "\1\0\0\0" seconds
#define CONFIRM "\2"

extern bool locked, away;	/* the keybag, the keychain */
extern bool former;		/* what is sealed was so under another keybag */
extern time_t later;		/* seconds that have gone by */
extern size_t kept_count;

/* The last thing that was asked for; @done NULL: nothing is. */
extern struct asked {
	enum ask_kind kind;
	struct buffer content;
	ask_done *done;
	void *context;
} asked;

/* A security key that is touched signs with @key, by whatever handle. */
void person_says(bool yes);

/* Two of this machine, and one that came over another host. */
extern struct requester local, other, remote;
extern struct made_key key, host;

/* The one that was answered later, and how. */
extern struct requester *answered;
extern uint8_t answered_kind;

/* These return the first byte of the answer; 0: it comes later. */
uint8_t add(struct requester *requester, const struct buffer *record, const char *comment, struct bytes constraints);
uint8_t call_with(struct requester *requester, uint8_t operation, const struct buffer *blob);

/* By the key of @signed_blob, which is @key's at first. */
uint8_t sign(struct requester *requester);
extern const struct buffer *signed_blob;

/* Whether @count keys are listed, and the first one, if there is any, has that comment. */
bool first_listed(const char *comment, uint32_t count);

/* Whether a key with that comment, and no other one, is listed. NULL: none is. */
bool lists(const char *comment);

/* All keys, and that something is locked or away. */
void forget_all(void);

void begin_requests(sd_event **ret_loop);
void end_requests(sd_event *loop);

#endif /* UNIT_SSH_REQUESTS_H */
