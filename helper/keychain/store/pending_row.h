/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Additions that wait for the next unlock: items whose class was locked when they were to be added, each sealed as a
 * whole under class B, which seals in every state and opens while unlocked. docs/keychain-format.md, "Additions that
 * wait".
 */
#ifndef KEYCHAIN_PENDING_ROW_H
#define KEYCHAIN_PENDING_ROW_H

#include "helper/keychain/store/row.h"

/* Limits of one keychain: all of them are added in one go, before the request that comes first after an unlock. */
#define PENDING_MAX_ROWS	1024
#define PENDING_MAX_BYTES	(32 * 1024 * 1024)	/* sealed */

enum pending_state {
	PENDING_WAITS = 0,
	PENDING_COLLIDES,	/* with an item that is there; kept until somebody decides */
	PENDING_REFUSED,	/* no item can be made of it; the same */
	PENDING_DAMAGED,	/* it does not open; the same */
	PENDING_STATES,
};

struct pending_row {
	int64_t id;
	uint8_t uuid[ROW_UUID_SIZE];	/* that the item is to have */
	char *group;
	enum item_class item_class;	/* a stored one */
	uint32_t class_number;		/* protection that the item is to have */
	bool synchronizable;
	int64_t added;			/* milliseconds since 1970; later than that of the row before */
	enum pending_state state;
};

void pending_row_release(struct pending_row *row);
#define CLEANUP_PENDING_ROW __attribute__((cleanup(pending_row_release)))

/*
 * Stores a new one in a transaction that writes: seals @addition under class B, for the classes of this device under the
 * key of dku on top of that, so that a copy of file and keybag opens nowhere else. Sets id and, where the row before
 * has the same time or a later one, added. FAULT_NO_SEAL; FAULT_TOO_LARGE: over PENDING_MAX_..., the reason is in
 * database.reason.
 */
enum fault pending_row_insert(struct store *store, struct pending_row *row, const struct value *addition);

/*
 * The first one behind the number @after, in order of their adding, without what is sealed; to be released. A row that no
 * program wrote is damaged.
 */
enum fault pending_row_next(struct store *store, int64_t after, struct pending_row *ret_row, bool *ret_found);

/* That with this identity. */
enum fault pending_row_find(struct store *store, const uint8_t uuid[ROW_UUID_SIZE], struct pending_row *ret_row,
			    bool *ret_found);

/* Opens what was sealed. Faults that fault_is_damage() knows are of the row. */
enum fault pending_row_open(struct store *store, const struct pending_row *row, struct value **ret_addition);

enum fault pending_row_set_state(struct store *store, const struct pending_row *row, enum pending_state state);
enum fault pending_row_delete(struct store *store, const struct pending_row *row);

/* Whether it is known that there are none, in any state. */
bool pending_row_none(struct store *store);

/*
 * Whether there are some in the state PENDING_WAITS, and the keybag is unlocked. Outside of a transaction. Costs nothing
 * where there are none and the file is as it was.
 */
enum fault pending_row_due(struct store *store, bool *ret_due);

#endif
