/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client's connection to a service of this project.
 */
#ifndef KEYBAG_COMMON_CONNECT_H
#define KEYBAG_COMMON_CONNECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The time that a client waits for a service that was there, or has left its socket behind, to start
 * again. One that is slow to start, on a busy machine, is not one that is absent.
 */
#define CONNECT_PATIENCE_NS	UINT64_C(10000000000)

/*
 * Connects, non-blocking and close-on-exec, to the SOCK_SEQPACKET socket at @path, if @vouch returns 0
 * for the uid of who listens there, not -EPERM or, where it cannot tell, another negative errno. A socket where nobody listens
 * gets @patience_ns; one that is missing as well with @again, for one was there before, otherwise none. Nothing waits past
 * @deadline.
 * Returns a descriptor, -ECONNREFUSED (nobody listens), -EPERM (not to be trusted, or no permission),
 * -ETIMEDOUT (its queue stays full), or another negative errno.
 */
int connect_service(const char *path, int (*vouch)(uid_t uid), bool again, uint64_t patience_ns, uint64_t deadline);

#endif /* KEYBAG_COMMON_CONNECT_H */
