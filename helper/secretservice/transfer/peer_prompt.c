// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer_prompt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "helper/common/deadline.h"

#define PROMPT	"org.freedesktop.Secret.Prompt"
#ifndef PROMPT_LIMIT_NS
#define PROMPT_LIMIT_NS	300000000000ULL
#endif

/* Some services make things by a prompt that asks nobody. */
#ifndef PROMPT_QUIET_NS
#define PROMPT_QUIET_NS	1000000000ULL
#endif

struct question {
	struct peer *peer;
	bool answered, declined, gone;
	char *made;		/* the path that the answer has; NULL: none */
};

/* bv: the result is a path where the prompt has made something. */
static int read_answer(sd_bus_message *message, struct question *question)
{
	const char *contents, *path;
	int dismissed, result = sd_bus_message_read(message, "b", &dismissed);

	if (result < 0)
		return result;
	question->declined = dismissed;
	if (dismissed || sd_bus_message_peek_type(message, NULL, &contents) <= 0 || strcmp(contents, "o"))
		return 0;
	result = sd_bus_message_read(message, "v", "o", &path);
	question->made = result < 0 ? NULL : strdup(path);
	return result < 0 ? result : question->made ? 0 : -ENOMEM;
}

static int on_completed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct question *question = context;

	(void)error;
	if (question->answered)
		return 0;
	question->answered = true;
	question->declined = read_answer(message, question) < 0 || question->declined;
	return 0;
}

static int on_owner(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct question *question = context;
	const char *name, *owner;

	(void)error;
	if (bus_message_is_from(message, BUS_NAME) && sd_bus_message_read(message, "sss", &name, NULL, &owner) >= 0 &&
	    !strcmp(name, question->peer->owner) && !*owner)
		question->gone = true;
	return 0;
}

static void end_match(sd_bus_slot **slot)
{
	sd_bus_slot_unref(*slot);
}

static int follow_owner(struct question *question, sd_bus_slot **ret_slot)
{
	char rule[NAME_OWNER_SIZE + 128];

	snprintf(rule, sizeof(rule), "type='signal',sender='" BUS_NAME "',interface='" BUS_NAME "',member='NameOwnerChanged',arg0='%s'",
		 question->peer->owner);
	return sd_bus_add_match(question->peer->bus, ret_slot, rule, on_owner, question);
}

static int call_prompt(struct peer *peer, const char *prompt, const char *member, const char *window)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	int result = peer_new_call(peer, prompt, PROMPT, member, &message);

	if (result >= 0 && window)
		result = sd_bus_message_append(message, "s", window);
	return result < 0 ? result : peer_call(peer, message, NULL);
}

/* The limit is one of all: other messages that come meanwhile give no more time, and a suspend takes none. */
static int wait_for_answer(struct question *question)
{
	uint64_t told = deadline_after(PROMPT_QUIET_NS), end = deadline_after(PROMPT_LIMIT_NS);
	bool quiet = question->peer->on_wait;
	int result = 0;

	while (result >= 0 && !question->answered && !question->gone) {
		uint64_t left_ns = deadline_left(quiet ? told : end);

		if (!left_ns && quiet)
			question->peer->on_wait(question->peer);
		else if (!left_ns)
			return -ETIMEDOUT;
		quiet = quiet && left_ns;
		result = sd_bus_process(question->peer->bus, NULL);
		if (!result)
			result = sd_bus_wait(question->peer->bus, left_ns / 1000 + 1);
		/* The program was stopped, and goes on. */
		if (result == -EINTR)
			result = 0;
	}
	if (result < 0)
		return result;
	return !question->answered ? -ESRCH : question->declined ? -ECANCELED : 0;
}

/* Nobody is asked any more. */
static void dismiss(struct peer *peer, const char *prompt)
{
	call_prompt(peer, prompt, "Dismiss", NULL);
	sd_bus_error_free(&peer->error);
}

/* Signals are listened to before it is shown. */
static int show_and_wait(struct question *question, const char *prompt)
{
	CLEANUP(end_match) sd_bus_slot *completed = NULL;
	CLEANUP(end_match) sd_bus_slot *owner = NULL;
	struct peer *peer = question->peer;
	int result = sd_bus_match_signal(peer->bus, &completed, peer->owner, prompt, PROMPT, "Completed", on_completed, question);

	if (result >= 0)
		result = follow_owner(question, &owner);
	if (result >= 0)
		result = call_prompt(peer, prompt, "Prompt", "");
	if (result < 0)
		return result;
	result = wait_for_answer(question);
	if (result == -ETIMEDOUT)
		dismiss(peer, prompt);
	if (result == -ETIMEDOUT || result == -ECANCELED)
		peer->unanswered = result;
	return result;
}

int peer_run_prompt(struct peer *peer, const char *prompt, char **ret_made)
{
	struct question question = { .peer = peer };
	int result = peer->unanswered;

	if (result)
		dismiss(peer, prompt);
	else
		result = show_and_wait(&question, prompt);
	*ret_made = question.made;
	if (result < 0) {
		free(question.made);
		*ret_made = NULL;
	}
	return result;
}
