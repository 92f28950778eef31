/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kind of process that a peer is, from the kernel.
 */
#ifndef KEYCHAIND_PEER_KIND_H
#define KEYCHAIND_PEER_KIND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"

/* By the control group of a process alone. Returns 0, -ESRCH or another negative errno. */
int peer_kind_of(pid_t pid, enum peer_kind *ret_kind, char ret_name[PEER_NAME_SIZE]);

/*
 * Whether a process of that uid and kind is in a user namespace where a uid may be anybody's. Flatpak makes one for each
 * of its applications, with nothing but their own uid in it; they are known by their unit.
 */
bool peer_kind_is_foreign(pid_t pid, uid_t uid, enum peer_kind kind);

/* A number for the application; 0 for programs that are of none. */
uint32_t peer_application(enum peer_kind kind, const char *name);

const char *peer_kind_name(enum peer_kind kind);

#endif
