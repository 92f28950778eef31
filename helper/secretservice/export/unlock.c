// SPDX-License-Identifier: GPL-2.0-or-later
#include "unlock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "announce.h"
#include "helper/daemon/name_owner.h"
#include "helper/libkeybag/keybag.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/client/prompt.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/soft_lock.h"
#include "open.h"
#include "resolve.h"
#include "state.h"

#define PATH_MAX_LENGTH	256	/* ours are shorter */
#define LOCK_LIMIT_NS	UINT64_C(5000000000)

void unlock_free_paths(char ***paths)
{
	for (char **at = *paths; at && *at; at++)
		free(*at);
	free(*paths);
	*paths = NULL;
}

static bool is_among(char *const *paths, size_t count, const char *path)
{
	size_t at = 0;

	while (at < count && strcmp(paths[at], path))
		at++;
	return at < count;
}

static void drop_repeats(char **paths)
{
	size_t kept = 0;

	for (char **at = paths; *at; at++) {
		if (is_among(paths, kept, *at))
			free(*at);
		else
			paths[kept++] = *at;
	}
	paths[kept] = NULL;
}

int unlock_read_paths(sd_bus_message *message, char ***ret_paths)
{
	int result = sd_bus_message_read_strv(message, ret_paths);
	size_t count = 0;

	if (result < 0)
		return result;
	for (char **at = *ret_paths; at && *at; at++) {
		if (++count > PATHS_MAX || strlen(*at) > PATH_MAX_LENGTH)
			return -E2BIG;
	}
	if (*ret_paths)
		drop_repeats(*ret_paths);
	return 0;
}

static size_t count_paths(char *const *paths)
{
	size_t count = 0;

	while (paths[count])
		count++;
	return count;
}

static int answer(sd_bus_message *message, const char *const *done, const char *prompt)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	int result = sd_bus_message_new_method_return(message, &reply);

	if (result >= 0)
		result = sd_bus_message_open_container(reply, 'a', "o");
	for (; result >= 0 && *done; done++)
		result = sd_bus_message_append(reply, "o", *done);
	if (result >= 0)
		result = sd_bus_message_close_container(reply);
	if (result >= 0)
		result = sd_bus_message_append(reply, "o", prompt);
	return result < 0 ? result : sd_bus_send(NULL, reply, NULL);
}

/* Paths of a message, by what they name, each list in the order of the message and with NULL at its end. */
struct sorted {
	const char **open, **locked;
	size_t open_count, locked_count;
};

static void sorted_free(struct sorted *sorted)
{
	free(sorted->open);
	free(sorted->locked);
}

/* Returns a status of libkeychain: errSecNotAvailable where the keychain does not answer. */
static int sort_paths(char *const *paths, struct sorted *sorted)
{
	size_t count = count_paths(paths) + 1;

	sorted->open = calloc(count, sizeof(*sorted->open));
	sorted->locked = calloc(count, sizeof(*sorted->locked));
	if (!sorted->open || !sorted->locked)
		return errSecAllocate;
	for (; *paths; paths++) {
		switch (lock_of_object(*paths)) {
		case OBJECT_OPEN:
			sorted->open[sorted->open_count++] = *paths;
			break;
		case OBJECT_LOCKED:
			sorted->locked[sorted->locked_count++] = *paths;
			break;
		case OBJECT_UNAVAILABLE:
			return errSecNotAvailable;
		default:
			break;
		}
	}
	return 0;
}

static int unlock_paths(sd_bus_message *message, char *const *paths, sd_bus_error *error)
{
	CLEANUP(sorted_free) struct sorted sorted = { 0 };
	struct client *client = client_of(message);
	char prompt_path[PATH_SIZE] = "/";
	struct prompt *prompt;
	int status = client ? sort_paths(paths, &sorted) : errSecAllocate, result = 0;

	if (status)
		return failure_of_status(status, library_message(), error);
	if (sorted.locked_count)
		result = prompt_new(client, PROMPT_UNLOCK, sorted.locked, sorted.locked_count, &prompt);
	if (result < 0)
		return failure_of_errno(result, error);
	if (sorted.locked_count)
		path_of_prompt(prompt->number, prompt_path);
	return answer(message, sorted.open, prompt_path);
}

static void open_collections(char *const *paths)
{
	char keychain[KEYCHAIN_NAME_SIZE];
	struct path path;

	for (; soft_lock_is_any() && paths && *paths; paths++) {
		path_parse(*paths, &path);
		if (!resolve_collection(&path, keychain))
			open_without_passcode(keychain);
	}
}

int unlock_objects(sd_bus_message *message, void *context, sd_bus_error *error)
{
	static char *nothing[] = { NULL };
	CLEANUP(unlock_free_paths) char **paths = NULL;
	int result = unlock_read_paths(message, &paths);

	(void)context;
	if (result < 0)
		return failure_of_errno(result, error);
	open_collections(paths);
	return unlock_paths(message, paths ? paths : nothing, error);
}

/* The collection of an item. Returns whether there is one; *@ret_any: it was not locked by a program before. */
static bool lock_softly(const char *text, bool *ret_any)
{
	char keychain[KEYCHAIN_NAME_SIZE];
	struct path path;

	path_parse(text, &path);
	if (lock_of_object(text) == OBJECT_UNKNOWN || resolve_collection(&path, keychain))
		return false;
	if (soft_lock_is_set(keychain))
		return true;
	if (soft_lock_set(keychain))
		return false;
	announce_collection_locked(keychain, true);
	*ret_any = true;
	return true;
}

static int lock_paths(sd_bus_message *message, char *const *paths, sd_bus_error *error)
{
	CLEANUP_FREE const char **locked = calloc(count_paths(paths) + 1, sizeof(*locked));
	size_t count = 0;
	bool any = false;

	if (!locked)
		return failure_of_errno(-ENOMEM, error);
	for (; *paths; paths++) {
		if (lock_softly(*paths, &any))
			locked[count++] = *paths;
	}
	if (any)
		state_tell_locked();
	return answer(message, locked, "/");
}

int lock_objects(sd_bus_message *message, void *context, sd_bus_error *error)
{
	static char *nothing[] = { NULL };
	CLEANUP(unlock_free_paths) char **paths = NULL;
	const struct client *client = client_served();
	int result;

	(void)context;
	if (!client || !client_may_manage(client))
		return failure_not_yours(error);
	result = unlock_read_paths(message, &paths);
	if (result < 0)
		return failure_of_errno(result, error);
	return lock_paths(message, paths ? paths : nothing, error);
}

int lock_service(sd_bus_message *message, void *context, sd_bus_error *error)
{
	const struct client *asking = client_served();
	struct keybag_client *client;
	int result;

	(void)context;
	if (!asking || !client_may_manage(asking))
		return failure_not_yours(error);
	result = keybag_client_new(&client);
	if (result < 0)
		return failure_of_errno(result, error);
	keybag_client_set_time_limit(client, LOCK_LIMIT_NS);
	result = keybag_client_lock(client, NULL, 0, KEYBAG_REASON_REQUEST);
	if (result < 0)
		sd_bus_error_set(error, SD_BUS_ERROR_FAILED, keybag_client_message(client));
	keybag_client_free(client);
	if (result < 0)
		return result;
	state_note();
	return sd_bus_reply_method_return(message, NULL);
}
