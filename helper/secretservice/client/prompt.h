/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A prompt: what a client was told to wait for, because somebody has to give the passcode first. It is completed when the
 * keybag is open, whoever opened it, or dismissed; either ends it.
 */
#ifndef SECRETSERVICE_PROMPT_H
#define SECRETSERVICE_PROMPT_H

#include <stddef.h>

#include "client.h"

enum prompt_kind {
	PROMPT_UNLOCK,			/* the result is those of @objects that are open then */
	PROMPT_DELETE_COLLECTION,	/* of the one object; the result is "" */
	PROMPT_CALL,			/* no prompt of a client's, but a call of one, which is answered then */
};

/* A call that waits like a prompt, and what is done about it. */
struct prompt_call {
	/*
	 * Answers it, as the keybag is open. errSecInteractionNotAllowed (it was locked again) and errSecNotAvailable (the keychain
	 * does not answer): it was not answered, and goes on waiting. With any other status it ends.
	 */
	int (*serve)(void *context);
	/* Answers that the user does not want it. */
	void (*decline)(void *context);
	/* Releases @context, answered or not. */
	void (*release)(void *context);
};

struct prompt {
	struct prompt *next;
	uint64_t number;
	enum prompt_kind kind;
	bool shown;			/* Prompt() was called */
	size_t count;
	char **objects;			/* paths, as the client sent them */
	const struct prompt_call *call;	/* of PROMPT_CALL */
	void *context;			/* of @call */
};

/*
 * Takes copies of the paths. Where there are too many the client's oldest one goes that was not shown: many are never. Returns 0,
 * -EMFILE (CLIENT_MAX_PROMPTS, SANDBOX_MAX_WAITING) or -ENOMEM.
 */
int prompt_new(struct client *client, enum prompt_kind kind, const char *const *objects, size_t count,
	       struct prompt **ret_prompt);

/*
 * A call that waits until @object is open: whoever makes one limits how many wait. @context is released with the prompt, and here as
 * well where there is no memory for it. Returns 0 or -ENOMEM.
 */
int prompt_new_call(struct client *client, const struct prompt_call *call, void *context, const char *object,
		    struct prompt **ret_prompt);

/* The client's prompt of that path; NULL: it has none. */
struct prompt *prompt_find(const struct client *client, const char *path);

/* Whether somebody waits for one. */
bool prompts_any_shown(void);

void prompt_end(struct client *client, struct prompt *prompt);
void prompts_end_all(struct client *client);

#endif /* SECRETSERVICE_PROMPT_H */
