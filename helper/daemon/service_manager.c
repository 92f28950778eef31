// SPDX-License-Identifier: GPL-2.0-or-later
#include "service_manager.h"

int manager_environment(sd_bus *bus, char ***ret_variables)
{
	int result = sd_bus_get_property_strv(bus, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, "Environment", NULL, ret_variables);

	return result < 0 ? result : 0;
}
