/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys derived from the device key D. D itself is wiped as soon as that is done.
 */
#ifndef _KEYBAG_DEVICE_KEY_H
#define _KEYBAG_DEVICE_KEY_H

#include <linux/rwsem.h>
#include "../../keybag/form.h"
#include "../crypto/sizes.h"

/**
 * struct keybag_device_subkeys - see docs/format.md, Keys
 * @mac: D_mac, authenticates forms
 * @counter: D_cnt, seals records
 * @dk: D_dk, seals dk and D
 * @dku: D_dku, seals dku
 * @this_device: D_tdo, goes into the wrapping keys of aku, cku, akpu
 * @kek: D_kek, goes into the KEKs of passcode and none
 * @id: device-key id, not secret
 */
struct keybag_device_subkeys {
	u8 mac[KEYBAG_KEY_SIZE];
	u8 counter[KEYBAG_KEY_SIZE];
	u8 dk[KEYBAG_KEY_SIZE];
	u8 dku[KEYBAG_KEY_SIZE];
	u8 this_device[KEYBAG_KEY_SIZE];
	u8 kek[KEYBAG_KEY_SIZE];
	u8 id[KB_DEVICE_KEY_ID_SIZE];
} __aligned(16);

/*
 * Held for reading by each command that uses the subkeys, for writing where they change. The
 * outermost lock. Its holders do not touch user memory and allocate without I/O, so nobody waits
 * long.
 */
extern struct rw_semaphore keybag_device_lock;

/*
 * The subkeys; ERR_PTR(-ENODEV): none are set, ERR_PTR(-EBUSY): none may be used. Call under
 * keybag_device_lock.
 */
const struct keybag_device_subkeys *keybag_device_subkeys(void);

/*
 * Sets them; the same once more is fine. Takes keybag_device_lock. Errors: -EBUSY (refused),
 * -EEXIST (those of another key are set).
 */
int keybag_device_key_install(const struct keybag_device_subkeys *derived);

/* Why the subkeys may not be used. */
enum keybag_refusal {
	KEYBAG_REFUSED_HIBERNATION,	/* from hibernation-prepare until the machine runs on */
	KEYBAG_REFUSED_REBOOT,		/* for good */
};

/*
 * Evict alone would leave a moment in which the helper, told of it, brings the key again. What had
 * begun before goes on, and an eviction that follows waits for it; so this waits for nothing. The
 * end of one refusal leaves the other in effect.
 */
void keybag_device_key_refuse(enum keybag_refusal why, bool refuse);

/* Forgets them. Call with keybag_device_lock held for writing, or when nobody else is left. */
void keybag_device_key_wipe(void);

/* The same for a panic: takes no lock. */
void keybag_device_key_overwrite(void);

/* Whether they are set, at the moment. Takes no lock, so it is for anybody. */
bool keybag_device_key_present(void);

/* Writes the identifier and says true, or says false. Takes keybag_device_lock. */
bool keybag_device_key_id(u8 *ret_id);

#endif /* _KEYBAG_DEVICE_KEY_H */
