/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lock and Unlock of the service.
 */
#ifndef SECRETSERVICE_EXPORT_UNLOCK_H
#define SECRETSERVICE_EXPORT_UNLOCK_H

#include <systemd/sd-bus.h>

#define PATHS_MAX	2048	/* of one call, of 256 bytes each at most */

/*
 * Reads ao: an array that ends with NULL, to be released with unlock_free_paths(); NULL: it is empty. A path that occurs twice
 * is in it once. Returns 0, -E2BIG or a negative errno.
 */
int unlock_read_paths(sd_bus_message *message, char ***ret_paths);
void unlock_free_paths(char ***paths);

/* Handlers of sd-bus. */
int unlock_objects(sd_bus_message *message, void *context, sd_bus_error *error);
int lock_objects(sd_bus_message *message, void *context, sd_bus_error *error);
int lock_service(sd_bus_message *message, void *context, sd_bus_error *error);

#endif /* SECRETSERVICE_EXPORT_UNLOCK_H */
