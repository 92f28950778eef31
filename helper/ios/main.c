// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keychain-ios-backup: reads an encrypted backup of iOS for 'keychainctl import --ios-backup', which starts it, gives it the
 * files as descriptors, and stores what it sends back. It parses what others have made, so it confines itself first.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "backup/backup.h"
#include "channel.h"
#include "helper/common/heap.h"
#include "helper/common/registers.h"
#include "helper/common/utf8.h"
#include "helper/confined/confine.h"
#include "ios_exchange.h"
#include "item/item.h"

#define MAX_MEMORY	((rlim_t)4 << 30)	/* the largest database, and property lists */

static int send_text(struct channel *channel, const char *name, const char *text)
{
	struct value *record = value_dictionary();

	if (!record || value_set(record, name, value_string(text))) {
		value_free(record);
		record = NULL;
	}
	return channel_send(channel, record);
}

/* As much of @text as has room, in whole characters. */
static void put_name(const char *text, char *ret_name, size_t size)
{
	size_t length = 0;

	while (text && text[length]) {
		size_t more = utf8_character(text + length, strlen(text + length));

		more = more ? more : 1;
		if (length + more >= size)
			break;
		length += more;
	}
	snprintf(ret_name, size, "%.*s", length ? (int)length : 1, length ? text : "?");
	utf8_mend(ret_name);
}

static int send_backup(struct channel *channel, const struct ios_manifest *manifest)
{
	char device[192], version[32], text[sizeof(device) + sizeof(version) + 8];

	put_name(manifest->device, device, sizeof(device));
	put_name(manifest->version, version, sizeof(version));
	snprintf(text, sizeof(text), "%s, iOS %s", device, version);
	return send_text(channel, IOS_RECORD_BACKUP, text);
}

static int send_left(struct channel *channel, const char *item_class, const char *protection, uint32_t number, const char *reason)
{
	struct value *record = value_dictionary();

	if (!record || value_set(record, IOS_RECORD_LEFT, value_string(reason)) ||
	    value_set(record, IOS_RECORD_CLASS, value_string(item_class)) ||
	    value_set(record, IOS_RECORD_PROTECTION, value_string(protection)) ||
	    value_set(record, IOS_RECORD_NUMBER, value_integer(number))) {
		value_free(record);
		record = NULL;
	}
	return channel_send(channel, record);
}

/* Takes what is in @item. */
static int send_item(struct channel *channel, struct ios_item *item)
{
	struct value *record = value_dictionary(), *query = item->query, *group = item->group;
	int result = record ? 0 : -ENOMEM;

	item->query = item->group = NULL;
	if (!result)
		result = value_set(record, IOS_RECORD_ITEM, query);
	else
		value_free(query);
	if (!result && group)
		result = value_set(record, IOS_RECORD_GROUP, group);
	else
		value_free(group);
	if (result) {
		value_free(record);
		record = NULL;
	}
	return channel_send(channel, record);
}

static int send_entry(struct channel *channel, const struct ios_backup *backup, const char *item_class, plist_t entry,
		      uint32_t number)
{
	CLEANUP_ITEM struct ios_item item = IOS_ITEM_NONE;
	bool memory;
	const char *reason = ios_item_open(&backup->keys, item_class, entry, &item, &memory);
	int result;

	clear_vector_registers();
	if (memory)
		return -ENOMEM;
	if (reason)
		return send_left(channel, item_class, item.protection, number, reason);
	result = send_item(channel, &item);
	return result == -E2BIG ? send_left(channel, item_class, item.protection, number, IOS_LEFT_LARGE) : result;
}

static uint32_t count_entries(plist_t list)
{
	return list && plist_get_node_type(list) == PLIST_ARRAY ? plist_array_get_size(list) : 0;
}

static const char *check_keychain(plist_t keychain)
{
	uint64_t count = 0;

	if (plist_get_node_type(keychain) != PLIST_DICT)
		return IOS_FAILURE_KEYCHAIN;
	for (const char *const *name = ios_item_classes; *name; name++)
		count += count_entries(plist_read_member(keychain, *name));
	return count > IOS_MAX_ENTRIES ? IOS_FAILURE_MANY : NULL;
}

/* Returns a negative errno where the rest cannot be sent. */
static int send_items(struct channel *channel, const struct ios_backup *backup)
{
	int result = 0;

	for (const char *const *name = ios_item_classes; !result && *name; name++) {
		plist_t list = plist_read_member(backup->keychain, *name);
		uint32_t count = count_entries(list);

		for (uint32_t i = 0; !result && i < count; i++)
			result = send_entry(channel, backup, *name, plist_array_get_item(list, i), i + 1);
	}
	return result;
}

static const char *read_backup(struct channel *channel)
{
	CLEANUP_BACKUP struct ios_backup backup = IOS_BACKUP_NONE;
	CLEANUP_SECRET struct secret password = SECRET_NONE;
	const char *failure = ios_backup_begin(&backup, IOS_FD_MANIFEST);

	if (!failure && send_backup(channel, &backup.manifest) < 0)
		return IOS_FAILURE_MEMORY;
	if (!failure && channel_take_password(channel, &password) < 0)
		return IOS_FAILURE_MEMORY;
	if (!failure)
		failure = ios_backup_unlock(&backup, &password);
	if (!failure)
		failure = ios_backup_open(&backup, IOS_FD_DATABASE, IOS_FD_KEYCHAIN);
	if (!failure)
		failure = check_keychain(backup.keychain);
	if (!failure && send_items(channel, &backup) < 0)
		failure = IOS_FAILURE_MEMORY;
	return failure;
}

/* Nothing is parsed unconfined. */
static const char *confine(void)
{
	static const struct rlimit no_core = { 0, 0 }, memory = { MAX_MEMORY, MAX_MEMORY };

	struct pollfd parent = { .fd = IOS_FD_SOCKET };

	/* Where keychainctl ends nobody waits for the keys; it may have done so before it was asked about. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || poll(&parent, 1, 0) < 0 || parent.revents & POLLHUP)
		return IOS_FAILURE_CONFINE;
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &no_core) < 0 || setrlimit(RLIMIT_AS, &memory) < 0)
		return IOS_FAILURE_CONFINE;
	switch (confine_calls()) {
	case 0:
		return NULL;
	case -ENOMEM:
		return IOS_FAILURE_MEMORY;
	default:
		return IOS_FAILURE_CONFINE;
	}
}

int main(int argc, char **argv)
{
	struct channel channel;
	struct value *end;
	const char *failure;

	(void)argv;
	heap_lock();
	if (argc != 1 || channel_begin(IOS_FD_WINDOW, IOS_FD_SOCKET, &channel) < 0) {
		fputs("keychain-ios-backup is started by 'keychainctl import --ios-backup'\n", stderr);
		return 2;
	}
	failure = ios_crypto_begin() ? IOS_FAILURE_MEMORY : confine();
	if (!failure)
		failure = read_backup(&channel);
	if (failure)
		return send_text(&channel, IOS_RECORD_FAILURE, failure) ? 1 : 0;
	end = value_dictionary();
	if (end && value_set(end, IOS_RECORD_END, value_boolean(true))) {
		value_free(end);
		end = NULL;
	}
	return channel_send(&channel, end) ? 1 : 0;
}
