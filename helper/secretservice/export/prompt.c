// SPDX-License-Identifier: GPL-2.0-or-later
#include "prompt.h"

#include "announce.h"
#include "collection_change.h"
#include "helper/daemon/log.h"
#include "helper/daemon/name_owner.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/client/ask.h"
#include "helper/secretservice/client/caller.h"
#include "helper/secretservice/store/library.h"
#include "resolve.h"

#define RETRY_US	2000000ULL

static sd_bus *session_bus;
static sd_event_source *retry;	/* NULL: the keychain has answered for all that is due */
static void (*on_again)(void);

static int append_open(sd_bus_message *signal, const struct prompt *prompt, bool dismissed)
{
	int result = sd_bus_message_open_container(signal, 'v', "ao");

	if (result >= 0)
		result = sd_bus_message_open_container(signal, 'a', "o");
	for (size_t at = 0; result >= 0 && !dismissed && at < prompt->count; at++) {
		enum lock_of_object lock = lock_of_object(prompt->objects[at]);

		if (lock == OBJECT_OPEN || lock == OBJECT_UNAVAILABLE)
			result = sd_bus_message_append(signal, "o", prompt->objects[at]);
	}
	if (result >= 0)
		result = sd_bus_message_close_container(signal);
	return result < 0 ? result : sd_bus_message_close_container(signal);
}

/* Typed as the method that made the prompt promises, dismissed or not. */
static int append_result(sd_bus_message *signal, const struct prompt *prompt, bool dismissed)
{
	switch (prompt->kind) {
	case PROMPT_UNLOCK:
		return append_open(signal, prompt, dismissed);
	default:
		return sd_bus_message_append(signal, "v", "s", "");
	}
}

static void tell_completed(const struct client *client, const struct prompt *prompt, bool dismissed)
{
	CLEANUP(bus_message_unref) sd_bus_message *signal = NULL;
	char path[PATH_SIZE];

	path_of_prompt(prompt->number, path);
	if (sd_bus_message_new_signal(session_bus, &signal, path, PROMPT_INTERFACE, "Completed") >= 0 &&
	    sd_bus_message_append(signal, "b", dismissed) >= 0 && append_result(signal, prompt, dismissed) >= 0 &&
	    sd_bus_message_set_destination(signal, client->name) >= 0)
		sd_bus_send(session_bus, signal, NULL);
}

void prompt_take_back(struct client *client, struct prompt *prompt)
{
	prompt_end(client, prompt);
	if (!prompts_any_shown())
		ask_stop();
}

/* Ends it. A call that is not dismissed was answered. */
static void complete(struct client *client, struct prompt *prompt, bool dismissed)
{
	if (prompt->kind != PROMPT_CALL)
		tell_completed(client, prompt, dismissed);
	else if (dismissed)
		prompt->call->decline(prompt->context);
	prompt_take_back(client, prompt);
}

enum due {
	DUE,
	NOT_DUE,
	DUE_LATER,	/* the keybag is open, and the keychain does not answer */
};

/* Nothing of what it is about is locked any more; what is not there any more is not waited for. */
static enum due due_of(const struct prompt *prompt)
{
	enum due due = DUE;

	for (size_t at = 0; at < prompt->count; at++) {
		switch (lock_of_object(prompt->objects[at])) {
		case OBJECT_LOCKED:
			return NOT_DUE;
		case OBJECT_UNAVAILABLE:
			due = DUE_LATER;
			break;
		default:
			break;
		}
	}
	return due;
}

static int on_retry(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	(void)context;
	retry = sd_event_source_disable_unref(retry);
	library_begin_again();
	on_again();
	return 0;
}

void prompts_look_again(void)
{
	if (!retry)
		sd_event_add_time_relative(sd_bus_get_event(session_bus), &retry, CLOCK_BOOTTIME, RETRY_US, 0, on_retry, NULL);
}

/* Whether it is gone. */
static bool delete_collection(const struct prompt *prompt)
{
	char keychain[KEYCHAIN_NAME_SIZE];
	struct path path;
	int status;

	keychain[0] = 0;
	path_parse(prompt->objects[0], &path);
	status = resolve_collection(&path, keychain);
	if (!status)
		status = collection_delete(keychain);
	if (status && status != errSecItemNotFound)
		log_warning("collection %s could not be deleted: %s", keychain, library_message());
	return !status || status == errSecItemNotFound;
}

/* The keybag is open. */
static enum due serve_call(const struct prompt *prompt)
{
	switch (prompt->call->serve(prompt->context)) {
	case errSecInteractionNotAllowed:
		return NOT_DUE;
	case errSecNotAvailable:
		return DUE_LATER;
	default:
		return DUE;
	}
}

/* Completes it, if it is due. Whether nobody has to be asked for it. */
static bool consider(struct client *client, struct prompt *prompt)
{
	enum due due = prompt->shown ? due_of(prompt) : NOT_DUE;

	if (due == DUE && prompt->kind == PROMPT_CALL)
		due = serve_call(prompt);
	if (due == DUE)
		complete(client, prompt, prompt->kind == PROMPT_DELETE_COLLECTION && !delete_collection(prompt));
	else if (due == DUE_LATER)
		prompts_look_again();
	return due != NOT_DUE;
}

bool prompts_complete(void)
{
	struct prompt *prompt, *next;
	bool left = false;

	for (struct client *client = clients_first(); client; client = client->next) {
		client_serve(client);
		for (prompt = client->prompts; prompt; prompt = next) {
			next = prompt->next;
			left |= prompt->shown && !consider(client, prompt);
		}
	}
	client_serve(NULL);
	return left;
}

void prompts_dismiss(void)
{
	struct prompt *prompt, *next;

	for (struct client *client = clients_first(); client; client = client->next) {
		for (prompt = client->prompts; prompt; prompt = next) {
			next = prompt->next;
			if (prompt->shown)
				complete(client, prompt, true);
		}
	}
}

static int find(sd_bus *bus, const char *path, const char *interface, void *context, void **ret_found, sd_bus_error *error)
{
	struct path parsed;

	(void)bus;
	(void)interface;
	(void)error;
	path_parse(path, &parsed);
	*ret_found = context;
	return parsed.kind == PATH_PROMPT;
}

void prompt_show(struct client *client, struct prompt *prompt, sd_bus_message *message)
{
	prompt->shown = true;
	/* Programs on a terminal would wait for ever. */
	if (!consider(client, prompt) && (caller_is_on_terminal(message) || !ask_for_passcode()))
		complete(client, prompt, true);
}

/* Answers at once: nobody is waited for but by the signal. */
static int prompt(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct client *client = client_of(message);
	struct prompt *asked = client ? prompt_find(client, sd_bus_message_get_path(message)) : NULL;
	int result;

	(void)context;
	if (!asked)
		return failure_no_object(error);
	if (asked->shown)
		return sd_bus_error_set(error, FAILURE_ALREADY_EXISTS, "this prompt is shown already");
	result = sd_bus_reply_method_return(message, NULL);
	prompt_show(client, asked, message);
	return result;
}

static int dismiss(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct client *client = client_of(message);
	struct prompt *asked = client ? prompt_find(client, sd_bus_message_get_path(message)) : NULL;
	int result;

	(void)context;
	if (!asked)
		return failure_no_object(error);
	result = sd_bus_reply_method_return(message, NULL);
	complete(client, asked, true);
	return result;
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_NAMES("Prompt", "s", SD_BUS_PARAM(window_id), "", , prompt, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Dismiss", "", "", dismiss, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_NAMES("Completed", "bv", SD_BUS_PARAM(dismissed) SD_BUS_PARAM(result), 0),
	SD_BUS_VTABLE_END,
};

void prompts_end(void)
{
	retry = sd_event_source_disable_unref(retry);
}

int prompt_export(sd_bus *bus, void (*again)(void))
{
	static int none;
	int result = sd_bus_add_fallback_vtable(bus, NULL, PROMPTS_PATH, PROMPT_INTERFACE, vtable, find, &none);

	session_bus = bus;
	on_again = again;
	return result < 0 ? result : 0;
}
