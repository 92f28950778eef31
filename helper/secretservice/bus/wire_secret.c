// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire_secret.h"

int wire_secret_read(sd_bus_message *message, struct wire_secret *ret_secret)
{
	int result = sd_bus_message_enter_container(message, 'r', "oayays");

	if (result >= 0)
		result = sd_bus_message_read_basic(message, 'o', &ret_secret->session);
	if (result >= 0)
		result = sd_bus_message_read_array(message, 'y', &ret_secret->parameters, &ret_secret->parameters_length);
	if (result >= 0)
		result = sd_bus_message_read_array(message, 'y', &ret_secret->value, &ret_secret->length);
	if (result >= 0)
		result = sd_bus_message_read_basic(message, 's', &ret_secret->content_type);
	if (result >= 0)
		result = sd_bus_message_exit_container(message);
	return result < 0 ? result : 0;
}

int wire_secret_append(sd_bus_message *message, const struct wire_secret *secret)
{
	int result = sd_bus_message_open_container(message, 'r', "oayays");

	if (result >= 0)
		result = sd_bus_message_append_basic(message, 'o', secret->session);
	if (result >= 0)
		result = sd_bus_message_append_array(message, 'y', secret->parameters, secret->parameters_length);
	if (result >= 0)
		result = sd_bus_message_append_array(message, 'y', secret->value, secret->length);
	if (result >= 0)
		result = sd_bus_message_append_basic(message, 's', secret->content_type);
	if (result >= 0)
		result = sd_bus_message_close_container(message);
	return result < 0 ? result : 0;
}
