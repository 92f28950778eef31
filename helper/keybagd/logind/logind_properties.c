// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind_properties.h"

#include <string.h>

static int read_value(sd_bus_message *message, const char *name,
		      struct logind_properties *properties)
{
	int64_t *time;

	if (!strcmp(name, "LockedHint"))
		return sd_bus_message_read(message, "v", "b", &properties->locked);
	if (!strcmp(name, "IdleHint"))
		return sd_bus_message_read(message, "v", "b", &properties->idle);
	if (!strcmp(name, "IdleSinceHint"))
		time = &properties->idle_stamp_us;
	else if (!strcmp(name, "IdleSinceHintMonotonic"))
		time = &properties->idle_since_us;
	else
		return sd_bus_message_skip(message, "v");
	/* The highest number stands for infinity, and reads as nothing. */
	return sd_bus_message_read(message, "v", "t", (uint64_t *)time);
}

int logind_properties_read(sd_bus_message *message, struct logind_properties *ret_properties)
{
	const char *name;
	int result;

	*ret_properties = (struct logind_properties){
		.locked = -1,
		.idle = -1,
		.idle_stamp_us = -1,
		.idle_since_us = -1,
	};
	result = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "{sv}");
	while (result >= 0) {
		result = sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, "sv");
		if (result <= 0)
			break;
		result = sd_bus_message_read(message, "s", &name);
		if (result >= 0)
			result = read_value(message, name, ret_properties);
		if (result >= 0)
			result = sd_bus_message_exit_container(message);
	}
	return result;
}
