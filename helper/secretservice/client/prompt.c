// SPDX-License-Identifier: GPL-2.0-or-later
#include "prompt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/secretservice/bus/path.h"

static void release(struct prompt *prompt)
{
	for (size_t at = 0; prompt->objects && at < prompt->count; at++)
		free(prompt->objects[at]);
	free(prompt->objects);
	free(prompt);
}

static bool copy_objects(struct prompt *prompt, const char *const *objects, size_t count)
{
	bool copied = true;

	prompt->count = count;
	prompt->objects = calloc(count + 1, sizeof(*prompt->objects));
	for (size_t at = 0; prompt->objects && at < count; at++) {
		prompt->objects[at] = strdup(objects[at]);
		copied = copied && prompt->objects[at];
	}
	return prompt->objects && copied;
}

static size_t count_waiting_beside(const struct client *client)
{
	size_t waiting = 0;

	for (const struct client *other = clients_first(); other; other = other->next) {
		for (const struct prompt *prompt = client_sees(client, other) ? other->prompts : NULL; prompt; prompt = prompt->next)
			waiting += prompt->count;
	}
	return waiting;
}

/* Nobody waits for those. Returns whether there was one, the oldest. */
static bool drop_unshown(struct client *client)
{
	struct prompt *oldest = NULL;

	for (struct prompt *prompt = client->prompts; prompt; prompt = prompt->next)
		oldest = prompt->shown ? oldest : prompt;
	if (oldest)
		prompt_end(client, oldest);
	return oldest;
}

static bool may_wait(const struct client *client, size_t count)
{
	return client->prompt_count < CLIENT_MAX_PROMPTS &&
	       (client_may_manage(client) || count_waiting_beside(client) + count <= SANDBOX_MAX_WAITING);
}

int prompt_new(struct client *client, enum prompt_kind kind, const char *const *objects, size_t count,
	       struct prompt **ret_prompt)
{
	struct prompt *prompt;

	while (!may_wait(client, count)) {
		if (!drop_unshown(client))
			return -EMFILE;
	}
	prompt = calloc(1, sizeof(*prompt));
	if (!prompt)
		return -ENOMEM;
	if (!copy_objects(prompt, objects, count)) {
		release(prompt);
		return -ENOMEM;
	}
	prompt->kind = kind;
	prompt->number = client_new_number();
	prompt->next = client->prompts;
	client->prompts = prompt;
	client->prompt_count++;
	*ret_prompt = prompt;
	return 0;
}

struct prompt *prompt_find(const struct client *client, const char *path)
{
	struct prompt *prompt = client->prompts;
	struct path parsed;

	path_parse(path, &parsed);
	while (prompt && prompt->number != parsed.number)
		prompt = prompt->next;
	return parsed.kind == PATH_PROMPT ? prompt : NULL;
}

bool prompt_is_shown(const struct client *client)
{
	const struct prompt *prompt = client->prompts;

	while (prompt && !prompt->shown)
		prompt = prompt->next;
	return prompt;
}

bool prompts_any_shown(void)
{
	const struct client *client = clients_first();

	while (client && !prompt_is_shown(client))
		client = client->next;
	return client;
}

void prompt_end(struct client *client, struct prompt *prompt)
{
	struct prompt **at = &client->prompts;

	while (*at != prompt)
		at = &(*at)->next;
	*at = prompt->next;
	client->prompt_count--;
	release(prompt);
}

void prompts_end_all(struct client *client)
{
	while (client->prompts)
		prompt_end(client, client->prompts);
}
