// SPDX-License-Identifier: GPL-2.0-or-later
#include "name_owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/common/cleanup.h"

bool bus_message_is_from(sd_bus_message *message, const char *name)
{
	const char *sender = sd_bus_message_get_sender(message);

	return sender && !strcmp(sender, name);
}

bool name_owner_sent(const struct name_owner *owner, sd_bus_message *message)
{
	return owner->owner[0] && bus_message_is_from(message, owner->owner);
}

static void set(struct name_owner *owner, const char *name)
{
	snprintf(owner->owner, sizeof(owner->owner), "%s", name);
}

static int on_owner_changed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct name_owner *owner = context;
	const char *name, *old, *new;

	(void)error;
	if (!bus_message_is_from(message, BUS_NAME) ||
	    sd_bus_message_read(message, "sss", &name, &old, &new) < 0 ||
	    strcmp(name, owner->name))
		return 0;
	set(owner, new);
	if (*new && owner->changed)
		owner->changed();
	if (!*new && owner->vanished)
		owner->vanished();
	return 0;
}

/* A name without an owner is an error of the call. */
static void read_answer(struct name_owner *owner, sd_bus_message *message)
{
	const char *name;

	if (!bus_message_is_from(message, BUS_NAME) || sd_bus_message_is_method_error(message, NULL) ||
	    sd_bus_message_read(message, "s", &name) < 0)
		name = "";
	set(owner, name);
}

static int on_answer(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct name_owner *owner = context;

	(void)error;
	read_answer(owner, message);
	if (owner->changed)
		owner->changed();
	return 0;
}

static int ask(struct name_owner *owner, sd_bus *bus, bool wait)
{
	CLEANUP(bus_message_unref) sd_bus_message *question = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *answer = NULL;
	int result;

	result = sd_bus_message_new_method_call(bus, &question, BUS_NAME, "/org/freedesktop/DBus",
						BUS_NAME, "GetNameOwner");
	if (result >= 0)
		result = sd_bus_message_append(question, "s", owner->name);
	if (result < 0)
		return result;
	if (!wait)
		return sd_bus_call_async(bus, NULL, question, on_answer, owner, 0);
	if (sd_bus_call(bus, question, 0, NULL, &answer) >= 0)
		read_answer(owner, answer);
	return 0;
}

int name_owner_follow(struct name_owner *owner, sd_bus *bus, bool wait)
{
	char match[2 * NAME_OWNER_SIZE];
	int result;

	set(owner, "");
	snprintf(match, sizeof(match), "type='signal',sender='" BUS_NAME "',interface='" BUS_NAME "',"
		 "member='NameOwnerChanged',arg0='%s'", owner->name);
	result = sd_bus_add_match_async(bus, NULL, match, on_owner_changed, NULL, owner);
	if (result >= 0)
		result = ask(owner, bus, wait);
	return result < 0 ? result : 0;
}
