/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name of the service on the bus.
 */
#ifndef SECRETSERVICE_CLAIM_H
#define SECRETSERVICE_CLAIM_H

#include <systemd/sd-bus.h>

/*
 * Takes @name, which has to outlive @bus. Where another service has it, this one waits for it in the queue of the bus, so that
 * nobody else comes next, and the journal says so; the journal is told as well who waits for it behind this one: a crash would
 * hand the name, and the programs that look for secrets, to another, empty store. Returns 0 or a negative errno.
 */
int claim_name(sd_bus *bus, const char *name);

/*
 * Takes another @name of the same service beside it, at once or when whoever has it ends, which the journal is told of. Without it
 * the service goes on.
 */
void claim_beside(sd_bus *bus, const char *name);

#endif /* SECRETSERVICE_CLAIM_H */
