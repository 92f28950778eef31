// SPDX-License-Identifier: GPL-2.0-or-later
#include "prompt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/secretservice/bus/path.h"

static void release(struct prompt *prompt)
{
	if (prompt->call)
		prompt->call->release(prompt->context);
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

/* Prompts that were not shown: nobody waits for them. */
struct unshown {
	struct prompt *oldest;
	size_t prompts, objects;
};

static struct unshown find_unshown(const struct client *client)
{
	struct unshown unshown = { 0 };

	for (struct prompt *prompt = client->prompts; prompt; prompt = prompt->next) {
		if (prompt->shown)
			continue;
		unshown.oldest = prompt;
		unshown.prompts++;
		unshown.objects += prompt->count;
	}
	return unshown;
}

/* Without so many of those that there are. */
static bool may_wait(const struct client *client, size_t count, const struct unshown *without)
{
	return client->prompt_count - without->prompts < CLIENT_MAX_PROMPTS &&
	       (client_may_manage(client) || count_waiting_beside(client) - without->objects + count <= SANDBOX_MAX_WAITING);
}

/* Ends as many of those that were not shown as it takes. Returns whether that was enough; if it is not, none is ended. */
static bool make_room(struct client *client, size_t count)
{
	static const struct unshown none;
	struct unshown unshown = find_unshown(client);

	if (!may_wait(client, count, &unshown))
		return false;
	while (!may_wait(client, count, &none)) {
		prompt_end(client, unshown.oldest);
		unshown = find_unshown(client);
	}
	return true;
}

static int make(struct client *client, enum prompt_kind kind, const char *const *objects, size_t count, struct prompt **ret_prompt)
{
	struct prompt *prompt = calloc(1, sizeof(*prompt));

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

int prompt_new(struct client *client, enum prompt_kind kind, const char *const *objects, size_t count,
	       struct prompt **ret_prompt)
{
	return make_room(client, count) ? make(client, kind, objects, count, ret_prompt) : -EMFILE;
}

int prompt_new_call(struct client *client, const struct prompt_call *call, void *context, const char *object,
		    struct prompt **ret_prompt)
{
	int result = make(client, PROMPT_CALL, &object, 1, ret_prompt);

	if (result < 0) {
		call->release(context);
		return result;
	}
	(*ret_prompt)->call = call;
	(*ret_prompt)->context = context;
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

static bool is_any_shown(const struct client *client)
{
	const struct prompt *prompt = client->prompts;

	while (prompt && !prompt->shown)
		prompt = prompt->next;
	return prompt;
}

bool prompts_any_shown(void)
{
	const struct client *client = clients_first();

	while (client && !is_any_shown(client))
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
