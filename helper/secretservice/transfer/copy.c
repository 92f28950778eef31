// SPDX-License-Identifier: GPL-2.0-or-later
#include "copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/cli/exit_status.h"
#include "helper/cli/program.h"
#include "helper/common/printable.h"
#include "helper/common/translate.h"
#include "password.h"
#include "side.h"
#include "unlock.h"

#define DEFAULT	"default"
/* gnome-keyring names a keyring by its first label; the login opens the one of this name. */
#define FIRST_NAME	"login"

struct run {
	struct copy *copy;
	struct side from, to;
	bool takes_passwords;		/* the target does, for new collections */
	struct secret password;		/* of new ones */
	char **taken;			/* paths there: of collections that one from here was copied to */
	size_t taken_count;
};

static int ended(void)
{
	return program_complain(_("one of the two services has ended: what was copied stays, run this again for the rest"));
}

static int gone(const struct peer *peer, int result)
{
	return program_complain(_("%s does not answer: %s"), peer->called, peer_problem(peer, result));
}

/* ---- collections ---- */

static int compare_paths(const void *one, const void *other)
{
	const struct record_collection *a = one, *b = other;

	return strcmp(a->path, b->path);
}

/* In the same order each time: of several with one label the first goes to the first, also when it is run again. */
static int read_list(struct side *side)
{
	int result;

	record_collections_free(&side->list);
	result = peer_collections(side->peer, &side->list);
	if (side->list.count)
		qsort(side->list.collections, side->list.count, sizeof(*side->list.collections), compare_paths);
	return result < 0 ? gone(side->peer, result) : 0;
}

static int read_side(struct side *side)
{
	int result = read_list(side);

	if (!result && peer_alias(side->peer, DEFAULT, &side->preferred) < 0)
		side->preferred = NULL;
	return result;
}

static bool is_taken(const struct run *run, const char *path)
{
	for (size_t at = 0; at < run->taken_count; at++) {
		if (!strcmp(run->taken[at], path))
			return true;
	}
	return false;
}

/* None that stands for another one from here: an item of that would be taken for an older one of the same attributes. */
static const struct record_collection *find_label(const struct run *run, const char *label)
{
	const struct record_collection *kept = side_first(&run->from) ? side_first(&run->to) : NULL;

	for (size_t at = 0; at < run->to.list.count; at++) {
		const struct record_collection *target = &run->to.list.collections[at];

		if (target != kept && !side_is_session(target->path) && !is_taken(run, target->path) && !strcmp(target->label, label))
			return target;
	}
	return NULL;
}

static const struct record_collection *find_target(const struct run *run, const struct record_collection *source)
{
	const struct record_collection *found = source == side_first(&run->from) ? side_first(&run->to) : NULL;

	return found ? found : find_label(run, source->label);
}

/* There is room for one of each that is here. */
static int take(struct run *run, const char *path)
{
	run->taken[run->taken_count] = strdup(path);
	return run->taken[run->taken_count++] ? 0 : -ENOMEM;
}

/* ---- new collections ---- */

static int ask_password(struct run *run, const char *label)
{
	CLEANUP_FREE char *question = NULL;
	int result;

	if (run->password.length)
		return 0;
	question = unlock_question(_("Password for the new keyring '%s'; your login password has it opened at login: "), label);
	result = question ? password_read_new(question, &run->password) : -ENOMEM;
	if (result == -EKEYREJECTED)
		program_complain(_("these were two passwords, not the same twice"));
	else if (result == -ENODATA)
		program_complain(_("a new keyring needs a password: type it on a terminal, or give it as a line of standard input"));
	else if (result)
		program_complain(_("the password cannot be read: %s"), translate_errno(result));
	return result;
}

/* A service that would ask on the screen makes its collections itself. */
static bool can_make(const struct run *run, const struct record_collection *source)
{
	if (run->takes_passwords || run->copy->keychain_limits)
		return true;
	program_complain(_("%s has no collection '%s': make it there, and run this again"), run->to.peer->called, source->label);
	return false;
}

static int make_target(struct run *run, const struct record_collection *source, char **ret_path)
{
	const struct secret *password = run->takes_passwords ? &run->password : NULL;
	bool first = source == side_first(&run->from);
	int result = password ? ask_password(run, source->label) : 0;

	if (result)
		return result;
	result = peer_make_collection(run->to.peer, first ? FIRST_NAME : source->label, password, ret_path);
	if (result >= 0 && first)
		result = peer_rename_collection(run->to.peer, *ret_path, source->label);
	if (result < 0)
		program_complain(_("the collection '%s' cannot be made: %s"), source->label, peer_problem(run->to.peer, result));
	return result;
}

/*
 * Programs that use the default collection find there what they had in that of the other service. One that is there already may be so
 * since a run that came to no end.
 */
static void keep_default(struct run *run, const struct record_collection *source, const char *path)
{
	bool chosen = run->to.preferred && !strcmp(run->to.preferred, path);
	int result = 0;

	if (!run->copy->dry_run && !chosen && side_takes_default(&run->to, &run->from, source))
		result = peer_set_alias(run->to.peer, DEFAULT, path);
	if (result < 0)
		program_complain(_("'%s' cannot be made the default collection: %s"), source->label, peer_problem(run->to.peer, result));
}

/* ---- one collection ---- */

static void print_tally(const struct copy *copy, const char *called, const struct copy_tally *tally)
{
	printable_line(stdout, copy->dry_run ? _("%s: to copy %zu, to renew %zu, there already %zu, to be left %zu") :
					       _("%s: copied %zu, renewed %zu, there already %zu, left %zu"),
		       called, tally->added, tally->renewed, tally->present, tally->left);
}

static void add_tally(struct copy_tally *total, const struct copy_tally *tally)
{
	total->added += tally->added;
	total->renewed += tally->renewed;
	total->present += tally->present;
	total->left += tally->left;
}

static int read_items(struct peer *peer, const struct record_collection *collection, struct record_list *ret_items)
{
	int result = peer_items(peer, collection, ret_items);

	if (result >= 0 && unlock_items(peer, ret_items)) {
		record_list_free(ret_items);
		result = peer_items(peer, collection, ret_items);
	}
	return result < 0 ? gone(peer, result) : 0;
}

static void leave_all(struct run *run, const struct record_collection *source, size_t count)
{
	const struct copy_tally tally = { .left = count ? count : 1 };

	print_tally(run->copy, source->label, &tally);
	add_tally(&run->copy->total, &tally);
}

static int copy_to(struct run *run, const struct record_collection *source, const struct record_list *items, const char *target,
		   const struct record_list *present)
{
	struct copy_tally tally = { 0 };
	int result = copy_items(run->copy, items, target, present, source->label, &tally);

	if (!result && target && items->count)
		result = take(run, target);
	print_tally(run->copy, source->label, &tally);
	add_tally(&run->copy->total, &tally);
	if (result == -ENOTCONN)
		return ended();
	return result < 0 ? program_complain("%s", translate_errno(result)) : 0;
}

static int copy_to_new(struct run *run, const struct record_collection *source, const struct record_list *items)
{
	const struct record_list none = { 0 };
	CLEANUP_FREE char *path = NULL;
	int result;

	if (!items->count)
		return 0;
	if (!can_make(run, source) || (!run->copy->dry_run && make_target(run, source, &path) < 0)) {
		leave_all(run, source, items->count);
		return 0;
	}
	result = copy_to(run, source, items, path, &none);
	if (!result && path)
		keep_default(run, source, path);
	/* The next one may have the same label. */
	return result ? result : run->copy->dry_run ? 0 : read_list(&run->to);
}

/* The same collection as it is then; NULL, after a complaint: the service, or the collection, is gone. */
static const struct record_collection *open_target(struct run *run, const struct record_collection *source,
						   const struct record_collection *target)
{
	const struct record_collections only = { .collections = (struct record_collection *)target, .count = 1 };

	if (!unlock_collections(run->to.peer, &only))
		return target;
	if (read_list(&run->to))
		return NULL;
	target = find_target(run, source);
	if (!target)
		program_complain(_("%s has no collection for '%s' any more: run this again"), run->to.peer->called, source->label);
	return target;
}

static int copy_to_known(struct run *run, const struct record_collection *source, const struct record_list *items,
			 const struct record_collection *target)
{
	CLEANUP(record_list_free) struct record_list present = { 0 };
	int result;

	target = open_target(run, source, target);
	if (!target)
		return EXIT_FAILED;
	if (target->locked) {
		program_complain(_("'%s' of %s is locked: unlock it, and run this again"), target->label, run->to.peer->called);
		leave_all(run, source, items->count);
		return 0;
	}
	result = read_items(run->to.peer, target, &present);
	if (!result)
		result = copy_to(run, source, items, target->path, &present);
	if (!result)
		keep_default(run, source, target->path);
	return result;
}

static int copy_one(struct run *run, const struct record_collection *source)
{
	const struct record_collection *target = find_target(run, source);
	CLEANUP(record_list_free) struct record_list items = { 0 };
	int result;

	if (source->locked) {
		program_complain(_("'%s' of %s is locked: unlock it, and run this again"), source->label, run->from.peer->called);
		leave_all(run, source, 0);
		return 0;
	}
	result = read_items(run->from.peer, source, &items);
	if (result)
		return result;
	return target ? copy_to_known(run, source, &items, target) : copy_to_new(run, source, &items);
}

/* ---- all ---- */

static int copy_each(struct run *run)
{
	int result = read_side(&run->from);

	if (!result && unlock_collections(run->from.peer, &run->from.list))
		result = read_list(&run->from);
	if (!result)
		result = read_side(&run->to);
	if (result)
		return result;
	run->takes_passwords = peer_takes_passwords(run->to.peer);
	run->taken = calloc(run->from.list.count + 1, sizeof(*run->taken));
	if (!run->taken)
		return program_complain("%s", translate_errno(-ENOMEM));
	for (size_t at = 0; !result && at < run->from.list.count; at++) {
		const struct record_collection *source = &run->from.list.collections[at];

		if (!side_is_session(source->path))
			result = copy_one(run, source);
	}
	return result;
}

static bool has_changed(const struct run *run, const struct record_collection *now)
{
	const struct record_collection none = { .modified = now->modified }, *before = side_find(&run->from, now->path);

	return !side_is_session(now->path) && !side_is_unchanged(before ? before : &none, now);
}

/* Programs store while this runs, and would not find that afterwards. Returns 0 or an exit status. */
static int look_again(struct run *run)
{
	struct side now = { .peer = run->from.peer };
	int result = read_list(&now);

	for (size_t at = 0; !result && at < now.list.count; at++) {
		const struct record_collection *collection = &now.list.collections[at];

		if (!has_changed(run, collection))
			continue;
		program_complain(_("'%s' of %s was changed meanwhile: run this again"), collection->label, run->from.peer->called);
		run->copy->total.left++;
	}
	side_release(&now);
	return result;
}

static void release_taken(struct run *run)
{
	for (size_t at = 0; at < run->taken_count; at++)
		free(run->taken[at]);
	free(run->taken);
}

int copy_all(struct copy *copy)
{
	struct run run = { .copy = copy, .from.peer = copy->from, .to.peer = copy->to };
	int result = copy_each(&run);

	if (!result && !copy->dry_run)
		result = look_again(&run);
	/* Collections that were left may be so as well because there is nobody any more who would have opened them. */
	if (!result && copy->total.left && !(peer_is_there(copy->from) && peer_is_there(copy->to)))
		result = ended();
	if (!result)
		print_tally(copy, _("together"), &copy->total);
	secret_free(&run.password);
	release_taken(&run);
	side_release(&run.from);
	side_release(&run.to);
	return result;
}
