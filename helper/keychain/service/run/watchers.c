// SPDX-License-Identifier: GPL-2.0-or-later
#include "watchers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "helper/keychain/items/groups.h"
#include "helper/keychain/items/query.h"
#include "helper/keychain/service/grants/entitlements.h"

/* All that follows is under the mutex. */
struct watcher {
	struct watcher *next;
	struct watching watching;
	char **groups;		/* that the caller may see; NULL-terminated */
	bool all_groups;
	struct changes changes;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct watcher *watchers;

static void free_groups(char **groups)
{
	for (size_t at = 0; groups && groups[at]; at++)
		free(groups[at]);
	free(groups);
}

/* NULL without memory. */
static char **copy_groups(const struct engine_caller *caller)
{
	char **groups = calloc(caller->group_count + caller->tokens + 1, sizeof(*groups));

	for (size_t at = 0; groups && at < caller->group_count + caller->tokens; at++) {
		groups[at] = strdup(at < caller->group_count ? caller->groups[at] : GROUP_TOKEN);
		if (groups[at])
			continue;
		free_groups(groups);
		return NULL;
	}
	return groups;
}

static bool same_groups(char **some, char **others)
{
	size_t at = 0;

	while (some && others && some[at] && others[at] && !strcmp(some[at], others[at]))
		at++;
	return some && others && !some[at] && !others[at];
}

/* Takes @groups; NULL: no memory for them. Returns whether it may see what it was not told of, or other than before. */
static bool regroup(struct watcher *watcher, char **groups, bool all_groups)
{
	bool others = watcher->all_groups != all_groups || !same_groups(watcher->groups, groups);

	free_groups(watcher->groups);
	watcher->groups = groups;
	watcher->all_groups = all_groups;
	return others;
}

static bool same_keychain(const struct keychain_id *one, const struct keychain_id *other)
{
	return one->system == other->system && (one->system || one->owner == other->owner) &&
	       !strcmp(one->name, other->name);
}

static bool may_see(const struct watcher *watcher, const char *group)
{
	for (size_t at = 0; !watcher->all_groups && watcher->groups && watcher->groups[at]; at++)
		if (!strcmp(watcher->groups[at], group))
			return true;
	return watcher->all_groups;
}

static void wake(const struct watcher *watcher)
{
	eventfd_write(watcher->watching.wake, 1);
}

/* ---- who watches ---- */

static bool is_room(const struct watching *watching)
{
	unsigned int of_user = 0, of_application = 0;

	for (const struct watcher *other = watchers; other; other = other->next) {
		if (other->watching.uid != watching->uid)
			continue;
		of_user++;
		of_application += watching->application && other->watching.application == watching->application;
	}
	return of_user < WATCHERS_OF_USER && of_application < WATCHERS_OF_APPLICATION;
}

static int add(struct watcher **watcher, const struct watching *watching)
{
	struct watcher *made;

	if (!is_room(watching))
		return -EDQUOT;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->watching = *watching;
	made->next = watchers;
	watchers = made;
	*watcher = made;
	return 0;
}

int watcher_set(struct watcher **watcher, const struct watching *watching, const struct engine_caller *caller)
{
	bool present = *watcher, others;
	char **groups = copy_groups(caller);
	int result = groups ? 0 : -ENOMEM;

	pthread_mutex_lock(&mutex);
	if (!result && !present)
		result = add(watcher, watching);
	if (!result) {
		others = regroup(*watcher, groups, caller->all_groups);
		if (present && (others || !same_keychain(&(*watcher)->watching.keychain, &watching->keychain)))
			changes_note_anything(&(*watcher)->changes);
		(*watcher)->watching = *watching;
		groups = NULL;
	}
	pthread_mutex_unlock(&mutex);
	free_groups(groups);
	return result;
}

void watcher_regroup(struct watcher *watcher, unsigned int generation, const struct engine_caller *caller)
{
	char **groups = copy_groups(caller);

	pthread_mutex_lock(&mutex);
	if (regroup(watcher, groups, caller->all_groups))
		changes_note_anything(&watcher->changes);
	/* To be asked again. */
	watcher->watching.generation = groups ? generation : generation - 1;
	pthread_mutex_unlock(&mutex);
}

void watcher_free(struct watcher *watcher)
{
	struct watcher **place;

	if (!watcher)
		return;
	pthread_mutex_lock(&mutex);
	for (place = &watchers; *place != watcher; place = &(*place)->next)
		;
	*place = watcher->next;
	pthread_mutex_unlock(&mutex);
	changes_release(&watcher->changes);
	free_groups(watcher->groups);
	free(watcher);
}

void watcher_refresh(struct watcher *watcher, unsigned int generation)
{
	pthread_mutex_lock(&mutex);
	if (watcher->watching.generation != generation) {
		changes_note_anything(&watcher->changes);
		wake(watcher);
	}
	pthread_mutex_unlock(&mutex);
}

void watcher_wake(struct watcher *watcher)
{
	pthread_mutex_lock(&mutex);
	changes_note_anything(&watcher->changes);
	wake(watcher);
	pthread_mutex_unlock(&mutex);
}

/* ---- what there is to be told ---- */

bool watcher_ready(struct watcher *watcher)
{
	bool ready;

	pthread_mutex_lock(&mutex);
	ready = !changes_empty(&watcher->changes);
	pthread_mutex_unlock(&mutex);
	return ready;
}

static struct value *event_of(const struct change *change)
{
	static const char *const names[] = {
		[CHANGE_ADDED] = "added", [CHANGE_CHANGED] = "changed", [CHANGE_REMOVED] = "removed",
		[CHANGE_ANYTHING] = "anything",
	};
	struct value *event = value_dictionary();
	int error = value_set(event, "event", value_string(names[change->kind]));

	if (!error && change->kind != CHANGE_ANYTHING &&
	    (value_set(event, "class", value_string(item_class_name(change->item_class))) ||
	     value_set(event, "v_PersistentRef", query_reference(change->item_class, change->uuid)) ||
	     value_set(event, "agrp", value_string(change->group))))
		error = -ENOMEM;
	if (!error)
		return event;
	value_free(event);
	return NULL;
}

/* The one that makes all others superfluous. */
static const struct change *find_anything(const struct changes *changes)
{
	static const struct change anything = { .kind = CHANGE_ANYTHING };

	for (size_t at = 0; at < changes->count; at++)
		if (changes->list[at].kind == CHANGE_ANYTHING)
			return &anything;
	return changes->anything ? &anything : NULL;
}

static struct value *events_of(const struct changes *changes)
{
	const struct change *anything = find_anything(changes);
	struct value *events = value_array();
	int error = events ? 0 : -ENOMEM;

	if (!error && anything)
		error = value_append(events, event_of(anything));
	for (size_t at = 0; !error && !anything && at < changes->count; at++)
		error = value_append(events, event_of(&changes->list[at]));
	if (!error)
		return events;
	value_free(events);
	return NULL;
}

struct value *watcher_take(struct watcher *watcher)
{
	struct value *events;

	pthread_mutex_lock(&mutex);
	events = changes_empty(&watcher->changes) ? NULL : events_of(&watcher->changes);
	if (events)
		changes_release(&watcher->changes);
	pthread_mutex_unlock(&mutex);
	return events;
}

/* ---- what has changed ---- */

static void tell(struct watcher *watcher, const struct changes *changes)
{
	bool told = changes->anything;

	if (changes->anything)
		changes_note_anything(&watcher->changes);
	for (size_t at = 0; at < changes->count; at++) {
		const struct change *change = &changes->list[at];

		if (!may_see(watcher, change->group))
			continue;
		told = true;
		if (change->kind == CHANGE_ANYTHING)
			changes_note_anything(&watcher->changes);
		else
			changes_note(&watcher->changes, change->kind, change->item_class, change->uuid, change->group);
	}
	if (told)
		wake(watcher);
}

void watchers_publish(const struct keychain_id *keychain, const struct changes *changes)
{
	unsigned int generation = entitlements_generation();

	pthread_mutex_lock(&mutex);
	for (struct watcher *watcher = watchers; watcher; watcher = watcher->next) {
		if (!same_keychain(&watcher->watching.keychain, keychain))
			continue;
		/* Its own thread finds out what it may see now. */
		if (watcher->watching.generation != generation) {
			changes_note_anything(&watcher->changes);
			wake(watcher);
		} else {
			tell(watcher, changes);
		}
	}
	pthread_mutex_unlock(&mutex);
}

void watchers_publish_anything(const struct keychain_id *keychain)
{
	watchers_publish(keychain, &(struct changes){ .anything = true });
}

void watchers_publish_default(const struct keychain_id *of)
{
	pthread_mutex_lock(&mutex);
	for (struct watcher *watcher = watchers; watcher; watcher = watcher->next) {
		const struct keychain_id *keychain = &watcher->watching.keychain;

		if (!watcher->watching.by_default || keychain->system != of->system ||
		    (!of->system && keychain->owner != of->owner))
			continue;
		changes_note_anything(&watcher->changes);
		wake(watcher);
	}
	pthread_mutex_unlock(&mutex);
}

bool watchers_of(const struct keychain_id *keychain)
{
	bool found = false;

	pthread_mutex_lock(&mutex);
	for (const struct watcher *watcher = watchers; watcher && !found; watcher = watcher->next)
		found = same_keychain(&watcher->watching.keychain, keychain);
	pthread_mutex_unlock(&mutex);
	return found;
}
