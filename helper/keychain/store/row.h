/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows: an item's attributes, sealed under the metadata key of its class, with the columns that
 * stand beside them. The secret is the other half, see secret.h.
 */
#ifndef KEYCHAIN_ROW_H
#define KEYCHAIN_ROW_H

#include "helper/keychain/store/hash.h"
#include "helper/keychain/store/schema.h"
#include "helper/libkeybag/keybag.h"

#define ROW_UUID_SIZE		16
#define ROW_SEAL_SIZE		16
#define ROW_BINDING_SIZE	16
#define ROW_FORMAT		1
#define ROW_DIGEST_SIZE		(HASH_SIZE + ROW_UUID_SIZE)	/* of one that is displaced */
#define ROW_MAX_ATTRIBUTES	131080	/* bytes of all attributes of one item, encoded and padded */
#define ROW_MAX_GROUP		255	/* bytes of the name of an access group */

#define SECRET_KEY_BLOB_SIZE	(STORE_ROW_KEY_SIZE + KEYBAG_BLOB_OVERHEAD)

#define ROW_FLAG_SECRET		(1 << 0)	/* has a secret */
#define ROW_FLAG_FIELDS		(1 << 1) /* it is a dictionary: the value and others beside it */

#define ROW_AGREES_GROUP	(1 << 0)
#define ROW_AGREES_CLASS	(1 << 1)
#define ROW_AGREES_SYNC		(1 << 2)
#define ROW_AGREES_CREATED	(1 << 3)
#define ROW_AGREES_MODIFIED	(1 << 4)
#define ROW_AGREES		((1 << 5) - 1)	/* all of it */

enum row_state {
	ROW_SEALED = 0,		/* not opened yet */
	ROW_OPEN,
	ROW_LOCKED,		/* the class is not available now */
	ROW_DAMAGED,		/* or its class was destroyed: as if absent, and may be erased */
	ROW_LOST,		/* its metadata key does not open: as if absent, and never erased */
};

/* The columns rowkey and secret. */
struct sealed_secret {
	uint8_t row_key[SECRET_KEY_BLOB_SIZE];
	uint8_t *bytes;		/* nonce, ciphertext, tag; NULL: the item has no secret */
	size_t length;
};

struct row {
	enum item_class item_class;
	int64_t id;
	uint8_t uuid[ROW_UUID_SIZE];
	uint8_t digest[HASH_SIZE];		/* of what makes it unique */
	bool displaced;				/* another row has that digest's place: row_displace() */
	int64_t key;				/* id of the metadata key; only tells where to begin */
	char *group;
	uint32_t class_number;			/* protection; 0: the column is damaged */
	bool synchronizable;
	bool tombstone;
	int64_t created, modified;		/* columns; those of the attributes count */
	struct {
		bool present;
		uint8_t hash[HASH_SIZE];
	} hashes[SCHEMA_MAX_HASHED];		/* in the order of schema_hashed() */
	struct {
		uint8_t *hashes;		/* of own attributes (own.h): of the set, then of each pair; NULL: none */
		size_t count;
		bool indexed;			/* the row in the file has some */
	} own;
	uint8_t *sealed;
	size_t sealed_length;
	size_t secret_length;			/* sealed */
	bool has_secret;			/* the columns of the secret are not null */
	uint8_t found_binding[ROW_BINDING_SIZE];	/* of what they contain */
	bool holds_secret;	/* @secret is what the row has; else it is to be read */
	struct sealed_secret secret;
	/* Once open: */
	enum row_state state;
	struct value *attributes;	/* all, or those that rows_open() was asked for */
	bool encodes;			/* asked of rows_open(): */
	struct {
		uint8_t *bytes;		/* those that clients are told as CBOR, each a name and its value; NULL: not asked */
		size_t length, count;
	} encoded;
	uint8_t seal[ROW_SEAL_SIZE]; /* shared with the secret; new with each new secret */
	uint8_t binding[ROW_BINDING_SIZE];	/* digest of the sealed secret; zero without one */
	uint8_t flags;				/* ROW_FLAG_* */
	uint8_t agrees;		/* ROW_AGREES_*: what was sealed of a column is what stands in it; of dates, that there are some */
};

/* Wipes. */
void row_release(struct row *row);

/* Wipes what is encoded of it. */
void row_forget_encoded(struct row *row);

/*
 * From the columns of schema_columns(); @secret: the row holds its sealed secret. Columns that no program wrote:
 * ROW_DAMAGED.
 */
enum fault row_read(struct row *row, enum item_class item_class, bool secret, sqlite3_stmt *statement);

/* Digest of the sealed secret; zero for NULL. */
enum fault row_binding(const void *row_key, size_t row_key_length, const void *secret, size_t length,
		       uint8_t ret_binding[ROW_BINDING_SIZE]);

/*
 * Binds what schema_columns() names, from the second on but for the secret's two, to the parameters
 * from @first on. Returns the number of the first of those two.
 */
int row_bind(const struct row *row, sqlite3_stmt *statement, int first);

/* The column "digest" alone. */
void row_bind_digest(const struct row *row, sqlite3_stmt *statement, int parameter);

/* Class number for "ak" and so on of the keychain; 0 for any other text. */
uint32_t row_class_number(const char *name);

#endif
