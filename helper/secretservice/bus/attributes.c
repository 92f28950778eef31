// SPDX-License-Identifier: GPL-2.0-or-later
#include "attributes.h"

#include <errno.h>
#include <string.h>

static size_t index_of(const struct attributes *attributes, const char *name)
{
	size_t at = 0;

	while (at < attributes->count && strcmp(attributes->pairs[at].name, name))
		at++;
	return at;
}

int attributes_put(struct attributes *attributes, const char *name, const char *value)
{
	size_t at = index_of(attributes, name);

	if (at == ATTRIBUTES_MAX || strlen(name) > ATTRIBUTES_MAX_NAME)
		return -E2BIG;
	attributes->pairs[at].name = name;
	attributes->pairs[at].value = value;
	if (at == attributes->count)
		attributes->count++;
	return 0;
}

static size_t size_of(const struct attributes *attributes)
{
	size_t size = 0;

	for (size_t at = 0; at < attributes->count; at++)
		size += strlen(attributes->pairs[at].name) + strlen(attributes->pairs[at].value);
	return size;
}

int attributes_read(sd_bus_message *message, struct attributes *ret_attributes)
{
	const char *name, *value;
	int result = sd_bus_message_enter_container(message, 'a', "{ss}"), put_result;

	ret_attributes->count = 0;
	while (result >= 0 && (result = sd_bus_message_read(message, "{ss}", &name, &value)) > 0) {
		put_result = attributes_put(ret_attributes, name, value);
		if (put_result < 0)
			return put_result;
	}
	if (result >= 0)
		result = sd_bus_message_exit_container(message);
	if (result < 0)
		return result;
	return size_of(ret_attributes) > ATTRIBUTES_MAX_BYTES ? -E2BIG : 0;
}

const char *attributes_get(const struct attributes *attributes, const char *name)
{
	size_t at = index_of(attributes, name);

	return at < attributes->count ? attributes->pairs[at].value : NULL;
}
