// SPDX-License-Identifier: GPL-2.0-or-later
#include "claim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"
#include "helper/daemon/name_owner.h"

/* The owner comes first in the list of those that want the name. */
static void tell_of_others(sd_bus_message *reply, const char *name)
{
	const char *owner;
	bool first = true;
	int result = sd_bus_message_enter_container(reply, 'a', "s");

	while (result >= 0 && (result = sd_bus_message_read(reply, "s", &owner)) > 0) {
		if (!first)
			log_warning("%s waits for the name %s: when this service ends, programs find what is stored there, and not "
				    "their secrets here", owner, name);
		first = false;
	}
}

static void look_behind(sd_bus *bus, const char *name)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;

	if (sd_bus_call_method(bus, BUS_NAME, "/org/freedesktop/DBus", BUS_NAME, "ListQueuedOwners", NULL, &reply, "s", name) >= 0)
		tell_of_others(reply, name);
}

static int on_acquired(sd_bus_message *message, void *context, sd_bus_error *error)
{
	const char *name;

	(void)error;
	if (bus_message_is_from(message, BUS_NAME) && sd_bus_message_read(message, "s", &name) >= 0 && !strcmp(name, context)) {
		log_notice("the other service has ended, and this one has the name %s now", name);
		look_behind(sd_bus_message_get_bus(message), name);
	}
	return 0;
}

static int wait_for(sd_bus *bus, const char *name)
{
	int result = sd_bus_match_signal(bus, NULL, BUS_NAME, "/org/freedesktop/DBus", BUS_NAME, "NameAcquired", on_acquired, (void *)name);

	if (result >= 0)
		result = sd_bus_request_name(bus, name, SD_BUS_NAME_QUEUE);
	if (!result)
		log_warning("another Secret Service has the name %s, and programs find what is stored there: this one takes the name "
			    "when that one ends", name);
	return result;
}

int claim_name(sd_bus *bus, const char *name)
{
	int result = sd_bus_request_name(bus, name, 0);

	if (result >= 0)
		look_behind(bus, name);
	else if (result == -EEXIST)
		result = wait_for(bus, name);
	if (result < 0)
		log_error("the name %s is not to be had: %s", name, strerrordesc_np(-result));
	return result < 0 ? result : 0;
}

void claim_beside(sd_bus *bus, const char *name)
{
	int result = sd_bus_request_name(bus, name, SD_BUS_NAME_QUEUE);

	if (!result)
		log_warning("another program has the name %s, and is asked instead of this service", name);
	else if (result < 0)
		log_warning("the name %s is not to be had: %s", name, strerrordesc_np(-result));
}
