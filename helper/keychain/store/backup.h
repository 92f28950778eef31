/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows as they are in a backup (docs/backup-format.md): sealed under keys of the backup keybag, which the kernel holds. The
 * secret itself is not opened: the kernel seals its row key anew, from one keybag to the other.
 *
 * A session belongs to one backup keybag, and to the store from store_backup() on, until another ticket comes.
 */
#ifndef KEYCHAIN_STORE_BACKUP_H
#define KEYCHAIN_STORE_BACKUP_H

#include "helper/keychain/base/backup_frame.h"
#include "helper/keychain/store/row_secret.h"

#define BACKUP_CHILD_SIZE	(STORE_ROW_KEY_SIZE + KEYBAG_BLOB_OVERHEAD)
#define BACKUP_KEYS_SIZE	(2 * BACKUP_CHILD_SIZE)
#define BACKUP_MAX_NAME		512	/* bytes of what tells people which item it is */
#define BACKUP_CLASSES		0xfc0U	/* by number: those that a backup has, as KEYBAG_CLASS_BIT() */

/* Keys of a backup keybag: what goes to any device, and what stays on this one. */
enum { BACKUP_PORTABLE, BACKUP_DEVICE, BACKUP_KEYS };

struct backup {
	uint8_t ticket[KEYBAG_TICKET_SIZE];
	int fd;
	uint8_t uuid[KEYBAG_UUID_SIZE];	/* of the backup keybag */
	uint32_t owner;			/* uid that it was made for */
	uint32_t classes;		/* KEYBAG_CLASS_BIT() of those that are open */
	int children[BACKUP_KEYS];	/* 0: not open */
	uint64_t last_index;		/* of the frames that were taken */
	uint64_t items;			/* that were taken, damaged or not */
	bool damaged;			/* some were */
	/* Numbers of rows that the backup has, of each class: for what is removed in the end. */
	struct backup_rows {
		int64_t *numbers;
		size_t count, capacity;
	} rows[ITEM_STORED_CLASSES];
};

/* The end of a backup. */
struct backup_end {
	uint64_t items;		/* in it */
	uint64_t skipped;	/* damaged rows that are not in it */
};

/*
 * The session of @ticket, which is begun where it is not that of before. FAULT_BACKUP: the ticket is void, or what it was
 * for has ended.
 */
enum fault store_backup(struct store *store, const uint8_t ticket[KEYBAG_TICKET_SIZE], struct backup **ret_backup);
void store_backup_end(struct store *store);

/* Makes the keys, or opens those of a file; both leave them open. */
enum fault backup_make_keys(struct store *store, struct backup *backup, uint8_t keys[BACKUP_KEYS_SIZE]);
enum fault backup_open_keys(struct store *store, struct backup *backup, const uint8_t *keys, size_t length);

/* Whether rows of that class can be restored here. */
bool backup_has_class(const struct backup *backup, uint32_t class_number);

/*
 * The content of an item's frame, to be freed: of a row that is open and holds its secret. @name: NUL-terminated.
 */
enum fault backup_seal_row(struct store *store, struct backup *backup, uint64_t index, struct row *row, const char *name,
			   uint8_t **ret_content, size_t *ret_length);

/*
 * The row of a frame's content, with attributes and the sealed secret, which goes with the store's keybag; both to be
 * released. *ret_name is set as far as it can be told ("" else), *ret_class likewise (0), whatever is returned.
 * FAULT_DEVICE: it stays on another device; FAULT_DAMAGED. Bounded and total.
 */
enum fault backup_open_row(struct store *store, struct backup *backup, uint64_t index, const uint8_t *content, size_t length,
			   struct row *ret_row, struct sealed_secret *ret_secret, char ret_name[BACKUP_MAX_NAME],
			   uint32_t *ret_class);

/* The content of the last frame, in @content, of at most BACKUP_END_SIZE bytes. */
#define BACKUP_END_SIZE	(16 + KEYBAG_BLOB_OVERHEAD)
enum fault backup_seal_end(struct store *store, struct backup *backup, uint64_t index, const struct backup_end *end,
			   uint8_t content[BACKUP_END_SIZE]);
enum fault backup_open_end(struct store *store, struct backup *backup, uint64_t index, const uint8_t *content, size_t length,
			   struct backup_end *ret_end);

/* Notes that the row is one of the backup's; false: no memory. */
bool backup_note_row(struct backup *backup, enum item_class item_class, int64_t number);
/* Sorts what was noted; then whether a row was. */
void backup_sort_rows(struct backup *backup);
bool backup_has_row(const struct backup *backup, enum item_class item_class, int64_t number);

/*
 * Rows of one class, with their secrets where @secrets, in the order of their numbers, behind @after; sealed, to be
 * released. None: there are no more. Tombstones are passed over.
 */
enum fault backup_read_rows(struct store *store, enum item_class item_class, int64_t after, bool secrets, struct row *rows,
			    size_t capacity, size_t *ret_count);

#endif
