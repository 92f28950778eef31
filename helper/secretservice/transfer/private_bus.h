/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bus of this program's own, for a Secret Service that does not run on the user's: its folder, its daemon and the programs on
 * it. All of it goes with this program, however that ends.
 *
 * Functions return 0, or an exit status after a complaint.
 */
#ifndef SECRETSERVICE_PRIVATE_BUS_H
#define SECRETSERVICE_PRIVATE_BUS_H

#include <limits.h>
#include <systemd/sd-bus.h>
#include <sys/types.h>

#define PRIVATE_BUS_PROGRAMS	2

struct private_bus {
	char folder[PATH_MAX];		/* readable by the user alone, in memory where the system has it so; "": not made */
	sd_bus *bus;
	pid_t daemon, programs[PRIVATE_BUS_PROGRAMS], keeper;
	int lifeline;			/* the keeper removes the folder when this end is closed */
};

#define PRIVATE_BUS_NONE	((struct private_bus){ .lifeline = -1 })

int private_bus_start(struct private_bus *ret_bus);

/*
 * Runs a program on the bus until it owns @name. @variable, @value: added to its environment; NULL: nothing. @package: has the
 * program, for the complaint that it is missing.
 */
int private_bus_run(struct private_bus *bus, char *const command[], const char *variable, const char *value, const char *name,
		    const char *package);

/* Ends all of it. */
void private_bus_end(struct private_bus *bus);

#endif /* SECRETSERVICE_PRIVATE_BUS_H */
