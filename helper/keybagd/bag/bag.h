/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keybags that are on disk or in the kernel. Main thread only.
 */
#ifndef KEYBAGD_BAG_H
#define KEYBAGD_BAG_H

#include "libkeybag/keybag.h"
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "bag_info.h"
#include "keybagd/log/request_result.h"
#include "keybagd/store/store.h"

struct operation;

struct bag {
	struct bag *next;		/* by UUID, ascending */
	uint8_t uuid[KEYBAG_UUID_SIZE];
	uint32_t type;			/* enum keybag_type; 0: not known, the form is damaged */
	uid_t owner;			/* KEYBAG_UID_NONE: system bag, or not known */
	bool on_disk;
	bool seen;			/* by the scan of the folder that is under way */
	bool loaded;
	bool load_again;		/* it was loaded until hibernation */
	bool ask_again;			/* its load failed for want of its owner's account */
	unsigned int asked_in;		/* the round in which that was last tried again */
	bool save_failed;		/* its record could not be saved a while ago */
	struct request_result why_not;		/* why the last load failed */
	struct store_stamp why_not_of;		/* its form before that */
	struct bag_info info;
	uint32_t lock_after_idle;	/* seconds, as its owner wants it; 0: nothing is said */

	int descriptor;			/* bound to it while loaded, else -1 */
	sd_event_source *events;	/* of @descriptor */
	uint64_t open_since_ns;		/* CLOCK_MONOTONIC, when that was heard; 0: it is not unlocked */

	struct operation *running;	/* operations: one at a time, in order (queue.h) */
	struct operation *first;
	struct operation *last;
	unsigned int waiting;
	uint64_t derived;		/* turn at which its last KDF was started */
};

/* Ascending by UUID. */
struct bag *bag_first(void);

struct bag *bag_find(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Whether it is one of a uid's, or with KEYBAG_TYPE_SYSTEM of the system. */
bool bag_is_of(const struct bag *bag, uint32_t type, uid_t owner);

/*
 * The keybag of a uid, or with KEYBAG_TYPE_SYSTEM that of the system. Returns 0, -ENOENT, or -ENOTUNIQ.
 */
int bag_find_of(uint32_t type, uid_t owner, struct bag **ret_bag);

/* The bag with that UUID, new if there is none. NULL: no memory. */
struct bag *bag_get(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Forgets it, if it is neither on disk, loaded, nor in use. */
void bag_put(struct bag *bag);

/* Finds what came to the folder or went since the last time. A scan that fails forgets nothing, and is made again. */
void bag_scan(void);

/* After so long its owner wants it locked. main.c gives what is to be done when that changes. */
void bag_set_idle(struct bag *bag, uint32_t seconds);
void bag_on_idle(void (*changed)(void));

/* "keybag of alice (uid 1000)", "system keybag", "keybag <uuid>" */
void bag_label(const struct bag *bag, char *ret_label, size_t size);

#endif /* KEYBAGD_BAG_H */
