// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks of the owners of loaded keybags, at each change of /etc/passwd: one at most waits for each keybag. A note that cannot be
 * read takes none away.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keybagd/bag/load.h"
#include "keybagd/bag/owner_check.h"
#include "keybagd/bag/queue.h"
#include "keybagd/bag/save.h"
#include "keybagd/log/event_log.h"
#include "keybagd/store/owner_file.h"
#include "lib/tap.h"

static unsigned int queued;

/* The queue: root's behind those of root that wait. Nothing is run but by run_first(). */
void queue_add_own(const struct handler *handler, struct bag *bag)
{
	struct operation *operation = calloc(1, sizeof(*operation)), **place = &bag->first;

	check(operation != NULL);
	operation->handler = handler;
	while (*place)
		place = &(*place)->next;
	*place = operation;
	bag->last = operation;
	queued++;
}

static void run_first(struct bag *bag)
{
	bag->running = bag->first;
	bag->first = bag->running->next;
	if (!bag->first)
		bag->last = NULL;
}

static void end(struct bag *bag)
{
	free(bag->running);
	bag->running = NULL;
}

/* Not called here. */
void save_record(struct operation *operation, const struct sealed_record *record)
{
	(void)operation, (void)record;
}

void save_record_anew(struct operation *operation, const struct sealed_record *record)
{
	(void)operation, (void)record;
}

void save_present_record(struct operation *operation)
{
	(void)operation;
}

struct event_source operation_event(const struct operation *operation, uint32_t number)
{
	(void)operation, (void)number;
	return (struct event_source){ 0 };
}

void event_repeat_log(const struct event_source *source, const char *format, ...)
{
	(void)source, (void)format;
}

void event_log(const char *format, ...)
{
	(void)format;
}

static struct bag *make_bag(uint8_t number, uint32_t type, bool loaded)
{
	uint8_t uuid[KEYBAG_UUID_SIZE] = { number };
	struct bag *bag = bag_get(uuid);

	check(bag != NULL);
	bag->type = type;
	bag->loaded = loaded;
	return bag;
}

/* The number that were queued by one change. */
static unsigned int change(void)
{
	queued = 0;
	load_check_owners();
	return queued;
}

static int note_error;
static const char *note_name;

int __wrap_owner_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE], uid_t *ret_uid, char ret_name[OWNER_NAME_SIZE]);
int __wrap_owner_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE], uid_t *ret_uid, char ret_name[OWNER_NAME_SIZE])
{
	(void)uuid;
	if (note_error)
		return note_error;
	*ret_uid = getuid();
	strcpy(ret_name, note_name);
	return 0;
}

static int check_note(int error, const char *name, struct operation *ret_operation)
{
	*ret_operation = (struct operation){ .owner = getuid() };
	note_error = error;
	note_name = name;
	return owner_check_loaded(ret_operation, getuid());
}

static void test_notes(void)
{
	static const int passing[] = { -EIO, -ENOMEM, -EMFILE, -EACCES };
	struct operation operation;

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		check(!check_note(passing[i], "", &operation) && !operation.result.error && !operation.owner_unnoted);
	tap_test("a note that cannot be read now takes no open keybag away, and is not overwritten");
	check(!check_note(-EBADMSG, "", &operation) && operation.owner_unnoted);
	check(!check_note(-ENOENT, "", &operation) && operation.owner_unnoted);
	tap_test("one that is damaged is written anew, as one that is gone");
	check(check_note(0, "somebody-else", &operation) == -EOWNERDEAD && operation.result.error);
	note_error = -EBADMSG;
	operation = (struct operation){ .owner = getuid() };
	check(owner_check(&operation, getuid()) == -EOWNERDEAD);
	note_error = -EIO;
	operation = (struct operation){ .owner = getuid() };
	check(owner_check(&operation, getuid()) == -EOWNERDEAD);
	tap_test("one that names somebody else does, and one that is not loaded is not loaded without its note");
}

int main(void)
{
	static const struct handler load = { .name = "load" };
	struct bag *anna, *ben, *system, *closed;

	tap_start();
	test_notes();
	anna = make_bag(1, KEYBAG_TYPE_USER, true);
	ben = make_bag(2, KEYBAG_TYPE_USER, true);
	system = make_bag(3, KEYBAG_TYPE_SYSTEM, true);
	closed = make_bag(4, KEYBAG_TYPE_USER, false);
	queue_add_own(&load, anna);
	check(change() == 2 && anna->first->next && ben->first && !system->first && !closed->first);
	tap_test("the owner of each user's keybag that is loaded is checked, whatever else waits for it");

	check(change() == 0 && change() == 0);
	tap_test("further changes add none while one waits");

	run_first(anna);
	check(change() == 0);
	end(anna);
	run_first(anna);
	check(change() == 1 && anna->first && !anna->first->next && !ben->first->next);
	tap_test("one that runs may have looked before the change: another one waits");

	end(anna);
	run_first(anna);
	end(anna);
	run_first(ben);
	end(ben);
	check(change() == 2);
	tap_test("and none is left out afterwards");

	run_first(anna);
	end(anna);
	run_first(ben);
	end(ben);
	anna->loaded = ben->loaded = system->loaded = false;
	bag_put(anna);
	bag_put(ben);
	bag_put(system);
	bag_put(closed);
	return tap_end();
}
