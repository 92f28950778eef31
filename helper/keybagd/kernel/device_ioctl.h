/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control commands of /dev/keybag. The descriptor may be used by all threads.
 */
#ifndef KEYBAGD_DEVICE_IOCTL_H
#define KEYBAGD_DEVICE_IOCTL_H

#include "libkeybag/keybag.h"
#include <stdbool.h>

#include "keybagd/store/sealed_form.h"

/*
 * Opens the device, once, and asks for its version. Returns 0 or a negative errno: -ENXIO: no module;
 * -EPROTO: one of another interface version, told in @ret_version.
 */
int device_ioctl_open(struct keybag_version *ret_version);

/* Whether it is open. */
int device_ioctl_is_open(void);

/*
 * Whether the module is one of another version of the interface. LOCK and EVICT work with it all the same, and
 * nothing else: what an upgrade finds in the kernel can be closed.
 */
bool device_ioctl_is_foreign(void);

/* Issues a command. Returns its result or a negative errno. */
int device_ioctl(unsigned long command, void *argument);

/* READ_FORM, and the view of it. */
int device_ioctl_read_form(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_form *ret_form);

/* READ_PENDING, and the view of it: -ESTALE where no change waits. */
int device_ioctl_read_pending(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_form *ret_form);

/* READ_RECORD. */
int device_ioctl_read_record(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_record *ret_record);

/* RECORD_SAVED of a record as the kernel gave it out. */
int device_ioctl_record_saved(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct sealed_record *record);

/* COMMIT or ABORT, which @command says, of the change that waits with that generation. */
int device_ioctl_settle(unsigned long command, const uint8_t uuid[KEYBAG_UUID_SIZE],
			uint64_t generation, struct keybag_requester requester);

int device_ioctl_status(const uint8_t uuid[KEYBAG_UUID_SIZE], struct keybag_status *ret_status);

/* A descriptor bound to a loaded bag, non-blocking, or a negative errno. */
int device_ioctl_bind(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/*
 * Makes the open file of @fd, of /dev/keybag and not necessarily the one above, the kernel's follower,
 * or renews it: call again within @ret_timeout_ns (may be NULL) or everything that can lock is locked.
 * With KEYBAG_FOLLOW_END in @flags: locks at once, and the kernel waits for no follower. Returns 0 or
 * a negative errno: -ENOTTY: the module knows no follower; -ENOENT: nothing to end.
 */
int device_ioctl_follow(int fd, uint32_t flags, uint64_t *ret_timeout_ns);

#endif /* KEYBAGD_DEVICE_IOCTL_H */
