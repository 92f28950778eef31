// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * More keybags than the kernel holds: which one gives way, and what a load says where none does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keybagd/bag/load.h"
#include "keybagd/bag/queue.h"
#include "keybagd/bag/room.h"
#include "keybagd/bag/save.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/log/event_log.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/store.h"
#include "lib/tap.h"
#include "lib/vectors.h"

#define NO_STATE	KEYBAG_STATE_GONE

/* The kernel: what it holds, in the order in which it was loaded. Those that are not told otherwise are open. */
static uint8_t held[KEYBAG_MAX_BAGS][KEYBAG_UUID_SIZE];
static uint32_t held_count;
static struct keybag_status states[3 * KEYBAG_MAX_BAGS];
static bool remembers_all;
static unsigned int loads, unloads;
static uint32_t last_unloaded;

static uint32_t number_of(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	uint32_t number;

	memcpy(&number, uuid, sizeof(number));
	return number;
}

static void uuid_of(uint32_t number, uint8_t ret_uuid[KEYBAG_UUID_SIZE])
{
	memset(ret_uuid, 0, KEYBAG_UUID_SIZE);
	memcpy(ret_uuid, &number, sizeof(number));
}

static int fake_list(struct keybag_list *list)
{
	uint32_t count = held_count < list->capacity ? held_count : list->capacity;

	if (count)
		memcpy((void *)(uintptr_t)list->uuids, held, (size_t)count * KEYBAG_UUID_SIZE);
	list->count = held_count;
	return 0;
}

static int fake_unload(const struct keybag_unload *unload)
{
	uint32_t i;

	for (i = 0; i < held_count; i++)
		if (!memcmp(held[i], unload->uuid, KEYBAG_UUID_SIZE)) {
			memmove(held[i], held[i + 1], (size_t)(held_count - i - 1) * KEYBAG_UUID_SIZE);
			held_count--;
			unloads++;
			last_unloaded = number_of(unload->uuid);
			return 0;
		}
	return -ENOENT;
}

static int fake_load(void)
{
	loads++;
	if (remembers_all || held_count == KEYBAG_MAX_BAGS)
		return -EDQUOT;
	uuid_of(3 * KEYBAG_MAX_BAGS - 1, held[held_count++]);
	return 0;
}

int __wrap_device_ioctl(unsigned long command, void *argument);
int __wrap_device_ioctl(unsigned long command, void *argument)
{
	switch (command) {
	case KEYBAG_IOC_LIST:
		return fake_list(argument);
	case KEYBAG_IOC_UNLOAD:
		return fake_unload(argument);
	case KEYBAG_IOC_LOAD:
		return fake_load();
	default:
		check(false);
		return -ENOTTY;
	}
}

int __wrap_device_ioctl_status(const uint8_t uuid[KEYBAG_UUID_SIZE], struct keybag_status *ret_status);
int __wrap_device_ioctl_status(const uint8_t uuid[KEYBAG_UUID_SIZE], struct keybag_status *ret_status)
{
	uint32_t i = 0;

	while (i < held_count && memcmp(held[i], uuid, KEYBAG_UUID_SIZE))
		i++;
	if (i == held_count)
		return -ENOENT;
	*ret_status = states[number_of(uuid)];
	return 0;
}

/* The parts of keybagd that are not here. */
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

void queue_add_own(const struct handler *handler, struct bag *bag)
{
	(void)handler, (void)bag;
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

static unsigned int told;

void event_log(const char *format, ...)
{
	told += strstr(format, "gave-way") != NULL;
}

static void fill(void)
{
	uint32_t i;

	for (i = 0; i < KEYBAG_MAX_BAGS; i++) {
		uuid_of(i, held[i]);
		states[i] = (struct keybag_status){ .type = KEYBAG_TYPE_USER, .owner = 1000 + i, .state = KEYBAG_STATE_LOCKED };
	}
	held_count = KEYBAG_MAX_BAGS;
	loads = 0;
	unloads = 0;
	told = 0;
}

static void test_choice(void)
{
	uint8_t uuid[KEYBAG_UUID_SIZE];

	fill();
	check(room_taken() == KEYBAG_MAX_BAGS && room_make() == -EDQUOT && !unloads);
	tap_test("no keybag gives way that was opened once, or is open");

	states[3].state = KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
	states[3].type = KEYBAG_TYPE_SYSTEM;
	states[5].flags = KEYBAG_STATUS_PENDING;
	states[7].flags = KEYBAG_STATUS_RECORD_DIRTY;
	states[5].state = states[7].state = states[9].state = states[11].state = KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
	check(room_make() == 0 && unloads == 1 && last_unloaded == 9 && told == 1);
	tap_test("of those before their first unlock the one gives way that was loaded first, and has nothing to save");

	check(room_make() == 0 && unloads == 1);
	tap_test("where there is a place, none does");

	fill();
	states[9].state = states[11].state = KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
	uuid_of(9, uuid);
	room_enter(uuid);
	check(room_make() == 0 && last_unloaded == 11);
	fill();
	states[9].state = KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
	check(room_make() == -EDQUOT);
	room_leave(uuid);
	check(room_make() == 0 && last_unloaded == 9);
	tap_test("nor one on which an operation is under way");
}

/* The vector of a system keybag, which no owner is looked up for. */
static struct vector *form, *form_uuid;

static int load(struct operation *operation)
{
	bool yields = operation->yields;
	int result;

	memset(operation, 0, sizeof(*operation));
	operation->yields = yields;
	memcpy(operation->uuid, form_uuid->bytes, KEYBAG_UUID_SIZE);
	check(form_file_create(operation->uuid, form->bytes, form->length) == 0);
	result = load_bag(operation);
	form_file_destroy(operation->uuid);
	return result;
}

static void test_load(void)
{
	static struct operation operation;

	fill();
	states[20].state = KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
	check(load(&operation) == 0 && operation.loaded && loads == 2 && last_unloaded == 20 && held_count == KEYBAG_MAX_BAGS);
	tap_test("a keybag that is asked for takes the place of another one");

	fill();
	check(load(&operation) == -EDQUOT && !unloads && strstr(operation.result.text, "'keybagctl unload --user NAME'"));
	tap_test("where none gives way the remedy is told");

	fill();
	states[20].state = KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
	operation.yields = true;
	check(load(&operation) == -EDQUOT && !unloads && loads == 1);
	operation.yields = false;
	tap_test("one that keybagd loads by itself takes no other's place");

	fill();
	states[20].state = KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
	held_count = 5;
	remembers_all = true;
	check(load(&operation) == -EDQUOT && !unloads && strstr(operation.result.text, "restart the machine"));
	remembers_all = false;
	tap_test("more than the kernel remembers until a restart take no place either");
}

int main(void)
{
	struct vectors *vectors = vectors_open("form.txt");
	char folder[] = "/tmp/room.XXXXXX";

	tap_start();
	form = vectors_get(vectors, "system", "form");
	form_uuid = vectors_get(vectors, "system", "uuid");
	vectors_close(vectors);
	test_choice();
	check(mkdtemp(folder) && chdir(folder) == 0 && store_open() == 0);
	test_load();
	free(form);
	free(form_uuid);
	check(rmdir("bags/of/a/test") == 0 && rmdir("bags/of/a") == 0 && rmdir("bags/of") == 0 && rmdir("bags") == 0);
	check(chdir("/") == 0 && rmdir(folder) == 0);
	return tap_end();
}
