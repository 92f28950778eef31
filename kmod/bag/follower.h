/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The follower: the daemon that locks keybags when their users leave. When it is gone, the kernel
 * locks in its place.
 */
#ifndef _KEYBAG_FOLLOWER_H
#define _KEYBAG_FOLLOWER_H

#include <linux/fs.h>
#include "../uapi/keybag.h"

/* Exit comes after the device node is gone: no descriptor is left to register or to close. */
int keybag_follower_init(void);
void keybag_follower_exit(void);

/*
 * KEYBAG_IOC_FOLLOW on @filp: registers it in place of another, renews it, or ends following.
 * Errors: -EINVAL, -ENOENT (to end: @filp is not the follower).
 */
int keybag_follow(const struct file *filp, struct keybag_follow *args);

/* The last reference to @filp goes. Where it is the follower, its last renewal still counts. */
void keybag_follower_release(const struct file *filp);

/*
 * A bag that can be locked is unlocked. Call after that took effect: either the lock of all that is
 * under way meets the bag, or this begins the wait for another one. Takes no lock that sleeps.
 */
void keybag_follower_unlocked(void);

/* KEYBAG_VERSION_FOLLOWED, KEYBAG_VERSION_FOLLOWER_LOST, or 0: none was registered. */
u32 keybag_follower_flags(void);

#endif /* _KEYBAG_FOLLOWER_H */
