/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The set of loaded bags.
 */
#ifndef _KEYBAG_REGISTRY_H
#define _KEYBAG_REGISTRY_H

#include <linux/rculist.h>
#include "../form/workspace.h"
#include "bag.h"
#include "rollback.h"

/* All bags, by load. Change under keybag_registry_lock, walk under it or under RCU. */
extern struct list_head keybag_bags;

/*
 * Takes in a bag, whose form is @bag->sealed, with the ciphers in @workspace->prepared. @fresh
 * becomes its floor where it has none; what is left of @fresh, that is NULL or itself, the caller
 * frees. It holds a reference. Sets up guess state and wrap counters: from the floor, else from
 * @record, the newest authentic one, or NULL. Errors: -EEXIST, -ESTALE, -EDQUOT.
 */
int keybag_registry_add(struct keybag_bag *bag, struct keybag_workspace *workspace,
			struct keybag_rollback **fresh, const struct kb_record *record,
			u64 record_sequence);

/*
 * The same of a backup keybag, which is its descriptor's alone: no UUID or owner leads to it, and
 * what locks or evicts ends it. Error: -EDQUOT.
 */
int keybag_registry_add_backup(struct keybag_bag *bag, struct keybag_workspace *workspace);

/* Takes out those of an owner that were taken in before @but, NULL: all. Call with no lock. */
void keybag_registry_end_backups(kuid_t owner, const struct keybag_bag *but);

/* Wipes a bag for good and publishes that. Call with bag->rwsem for writing. */
void keybag_registry_retire(struct keybag_bag *bag, u32 reason,
			    const struct keybag_requester *requester);

/* Whether there is a bag with that UUID. Call with keybag_registry_lock held. */
bool keybag_registry_lists(const u8 *uuid);

/*
 * Takes a bag that was taken in out again: wipes it, and says so. Call with a reference and no
 * lock. Whoever was faster is waited for.
 */
void keybag_registry_remove(struct keybag_bag *bag, u32 reason,
			    const struct keybag_requester *requester);

/*
 * Each get returns a reference to put, or NULL; all but the last pass over what is gone.
 */
struct keybag_bag *keybag_bag_by_uuid(const u8 *uuid);
struct keybag_bag *keybag_bag_by_owner(kuid_t owner);	/* the user bag of that uid */
struct keybag_bag *keybag_backup_by_owner(kuid_t owner);	/* a backup keybag of that uid */
struct keybag_bag *keybag_bag_system(void);
/* The one loaded after @previous, whose reference is put, or the first. */
struct keybag_bag *keybag_bag_next(struct keybag_bag *previous);

/*
 * Unloads all and forgets the device key: those that nobody uses at once, and then the others in
 * turn. @requester may be NULL: the kernel itself.
 */
void keybag_evict_all(u32 reason, const struct keybag_requester *requester);

/* KEYBAG_IOC_UNLOAD, EVICT, LIST. */
int keybag_unload(struct keybag_unload *args);
int keybag_evict(struct keybag_evict *args);
int keybag_list(struct keybag_list *args);

#endif /* _KEYBAG_REGISTRY_H */
