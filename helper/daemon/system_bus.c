// SPDX-License-Identifier: GPL-2.0-or-later
#include "system_bus.h"

#include <stdlib.h>

#define ADDRESS	"unix:path=/run/dbus/system_bus_socket"

int system_bus_new(bool descriptors, sd_bus **ret_bus)
{
	const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
	sd_bus *bus = NULL;
	int result = sd_bus_new(&bus);

	if (result >= 0)
		result = sd_bus_set_address(bus, address ? address : ADDRESS);
	if (result >= 0)
		result = sd_bus_set_bus_client(bus, true);
	if (result >= 0)
		result = sd_bus_negotiate_fds(bus, descriptors);
	if (result < 0) {
		sd_bus_unref(bus);
		return result;
	}
	*ret_bus = bus;
	return 0;
}
