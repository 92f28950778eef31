// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/backup.h"
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/number.h"
#include "helper/keychain/store/row_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/libkeybag/keybag.h"

#define FORMAT		1
#define ITEM_HEADER	16	/* format, class number, item class, whether it has a secret; three lengths */
#define CHUNK		KEYBAG_MAX_PAYLOAD
#define SEALED_CHUNK	(CHUNK + KEYBAG_BLOB_OVERHEAD)
#define AAD_SIZE	48
#define NAME_STEP	32	/* its length, sealed, shows no more than these */
#define KEYS_AAD	"keychain backup key"
#define DEVICE_CLASSES	(KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKU) | KEYBAG_CLASS_BIT(KEYBAG_CLASS_CKU) | \
			 KEYBAG_CLASS_BIT(KEYBAG_CLASS_DKU))

/* The sealed part, in its associated data. */
enum part { PART_NAME = 'n', PART_ATTRIBUTES = 'a', PART_END = 'e' };

static const uint32_t key_classes[BACKUP_KEYS] = { KEYBAG_CLASS_DK, KEYBAG_CLASS_DKU };

static unsigned int key_of(uint32_t class_number)
{
	return KEYBAG_CLASS_BIT(class_number) & DEVICE_CLASSES ? BACKUP_DEVICE : BACKUP_PORTABLE;
}

bool backup_has_class(const struct backup *backup, uint32_t class_number)
{
	return backup->classes & KEYBAG_CLASS_BIT(class_number);
}

/* ---- sessions ---- */

static void close_keys(struct backup *backup)
{
	for (unsigned int key = 0; key < BACKUP_KEYS; key++) {
		if (backup->children[key])
			keybag_child_close(backup->fd, backup->children[key]);
		backup->children[key] = 0;
	}
}

void store_backup_end(struct store *store)
{
	struct backup *backup = store->backup;

	if (!backup)
		return;
	close_keys(backup);
	close(backup->fd);
	for (unsigned int class = 0; class < ITEM_STORED_CLASSES; class++)
		free(backup->rows[class].numbers);
	free(backup);
	store->backup = NULL;
}

static enum fault begin(struct store *store, const uint8_t ticket[KEYBAG_TICKET_SIZE])
{
	struct keybag_status status;
	struct backup *backup;
	int fd = store->redeem ? store->redeem(store->context, ticket) : -1;

	if (fd < 0)
		return FAULT_BACKUP;
	backup = calloc(1, sizeof(*backup));
	if (!backup || keybag_status(fd, &status) < 0 || status.type != KEYBAG_TYPE_BACKUP) {
		close(fd);
		free(backup);
		return backup ? FAULT_BACKUP : FAULT_MEMORY;
	}
	memcpy(backup->ticket, ticket, KEYBAG_TICKET_SIZE);
	memcpy(backup->uuid, status.uuid, KEYBAG_UUID_SIZE);
	backup->owner = status.owner;
	backup->classes = status.classes_available;
	backup->fd = fd;
	store->backup = backup;
	return FAULT_NONE;
}

enum fault store_backup(struct store *store, const uint8_t ticket[KEYBAG_TICKET_SIZE], struct backup **ret_backup)
{
	enum fault fault = FAULT_NONE;
	int fd;

	if (!store->backup || memcmp(store->backup->ticket, ticket, KEYBAG_TICKET_SIZE)) {
		store_backup_end(store);
		fault = begin(store, ticket);
	}
	/* Row keys are moved from or to the keybag of the file. */
	if (!fault)
		fault = store_descriptor(store, &fd);
	*ret_backup = store->backup;
	return fault;
}

/* ---- keys ---- */

static size_t keys_aad(const struct backup *backup, uint8_t aad[AAD_SIZE])
{
	memcpy(aad, KEYS_AAD, sizeof(KEYS_AAD) - 1);
	memcpy(aad + sizeof(KEYS_AAD) - 1, backup->uuid, KEYBAG_UUID_SIZE);
	return sizeof(KEYS_AAD) - 1 + KEYBAG_UUID_SIZE;
}

enum fault backup_make_keys(struct store *store, struct backup *backup, uint8_t keys[BACKUP_KEYS_SIZE])
{
	uint8_t aad[AAD_SIZE];
	size_t aad_length = keys_aad(backup, aad);

	/* Those of an attempt before this one are in no file. */
	close_keys(backup);
	for (unsigned int key = 0; key < BACKUP_KEYS; key++) {
		ssize_t result = keybag_child_create(backup->fd, key_classes[key], aad, aad_length,
						     keys + key * BACKUP_CHILD_SIZE, BACKUP_CHILD_SIZE);

		if (result < 0)
			return store_backup_fault(store, (int)result);
	}
	return backup_open_keys(store, backup, keys, BACKUP_KEYS_SIZE);
}

enum fault backup_open_keys(struct store *store, struct backup *backup, const uint8_t *keys, size_t length)
{
	uint8_t aad[AAD_SIZE];
	size_t aad_length = keys_aad(backup, aad);

	if (length != BACKUP_KEYS_SIZE)
		return FAULT_DAMAGED;
	for (unsigned int key = 0; key < BACKUP_KEYS; key++) {
		enum fault fault;
		int child;

		if (backup->children[key] || !backup_has_class(backup, key_classes[key]))
			continue;
		child = keybag_child_open(backup->fd, keys + key * BACKUP_CHILD_SIZE, BACKUP_CHILD_SIZE, aad, aad_length);
		fault = child < 0 ? store_backup_fault(store, child) : FAULT_NONE;
		if (fault)
			return fault;
		backup->children[key] = child;
	}
	return FAULT_NONE;
}

/* ---- sealing ---- */

struct place {
	uint64_t index;
	enum part part;
	uint8_t item[4];	/* the first bytes of the content: what it is of */
};

static void associated_data(const struct backup *backup, const struct place *place, uint32_t chunk, uint32_t chunks,
			    uint8_t aad[AAD_SIZE])
{
	memset(aad, 0, AAD_SIZE);
	memcpy(aad, "KCBR", 4);
	aad[4] = (uint8_t)place->part;
	memcpy(aad + 8, place->item, sizeof(place->item));
	number_put(aad + 12, chunk);
	number_put(aad + 16, chunks);
	number_put(aad + 20, (uint32_t)place->index);
	number_put(aad + 24, (uint32_t)(place->index >> 32));
	memcpy(aad + 32, backup->uuid, KEYBAG_UUID_SIZE);
}

static size_t chunk_count(size_t length, size_t chunk)
{
	return (length + chunk - 1) / chunk;
}

static size_t sealed_size(size_t length)
{
	return length + chunk_count(length, CHUNK) * KEYBAG_BLOB_OVERHEAD;
}

static enum fault seal_part(struct store *store, const struct backup *backup, unsigned int key, const struct place *place,
			    const uint8_t *plain, size_t length, uint8_t *sealed)
{
	size_t chunks = chunk_count(length, CHUNK);
	uint8_t aad[AAD_SIZE];

	if (!backup->children[key])
		return FAULT_BACKUP;
	for (size_t i = 0; i < chunks; i++) {
		size_t rest = length - i * CHUNK;
		ssize_t result;

		associated_data(backup, place, (uint32_t)i, (uint32_t)chunks, aad);
		result = keybag_child_encrypt(backup->fd, backup->children[key], plain + i * CHUNK, rest < CHUNK ? rest : CHUNK,
					      aad, AAD_SIZE, sealed + i * SEALED_CHUNK, SEALED_CHUNK);
		if (result < 0)
			return store_backup_fault(store, (int)result);
	}
	return FAULT_NONE;
}

/* @plain has room for @length bytes. */
static enum fault open_part(struct store *store, const struct backup *backup, unsigned int key, const struct place *place,
			    const uint8_t *sealed, size_t length, uint8_t *plain, size_t *ret_length)
{
	size_t chunks = chunk_count(length, SEALED_CHUNK), done = 0;
	uint8_t aad[AAD_SIZE];

	*ret_length = 0;
	if (!backup->children[key])
		return key == BACKUP_DEVICE ? FAULT_DEVICE : FAULT_DAMAGED;
	for (size_t i = 0; i < chunks; i++) {
		size_t rest = length - i * SEALED_CHUNK;
		ssize_t result;

		if (rest <= KEYBAG_BLOB_OVERHEAD)
			return FAULT_DAMAGED;
		associated_data(backup, place, (uint32_t)i, (uint32_t)chunks, aad);
		result = keybag_child_decrypt(backup->fd, backup->children[key], sealed + i * SEALED_CHUNK,
					      rest < SEALED_CHUNK ? rest : SEALED_CHUNK, aad, AAD_SIZE, plain + done,
					      length - done);
		if (result < 0)
			return store_backup_fault(store, (int)result);
		done += (size_t)result;
	}
	*ret_length = done;
	return FAULT_NONE;
}

/* ---- rows ---- */

/* Where the parts of an item's content are. */
struct layout {
	uint8_t item[4];
	uint32_t class_number;
	bool has_secret;
	size_t name, attributes, secret;	/* lengths, sealed */
};

static size_t layout_size(const struct layout *layout)
{
	return ITEM_HEADER + layout->name + layout->attributes +
	       (layout->has_secret ? SECRET_KEY_BLOB_SIZE + layout->secret : 0);
}

static void layout_write(const struct layout *layout, uint8_t bytes[ITEM_HEADER])
{
	memcpy(bytes, layout->item, 4);
	number_put(bytes + 4, (uint32_t)layout->name);
	number_put(bytes + 8, (uint32_t)layout->attributes);
	number_put(bytes + 12, (uint32_t)layout->secret);
}

static bool layout_read(struct layout *layout, const uint8_t *content, size_t length)
{
	if (length < ITEM_HEADER)
		return false;
	memcpy(layout->item, content, 4);
	layout->class_number = content[1];
	layout->has_secret = content[3];
	layout->name = number_get(content + 4);
	layout->attributes = number_get(content + 8);
	layout->secret = number_get(content + 12);
	return content[0] == FORMAT && content[1] < STORE_CLASSES && BACKUP_CLASSES & KEYBAG_CLASS_BIT(content[1]) &&
	       content[2] < ITEM_STORED_CLASSES && content[3] <= 1 && layout->name <= SEALED_CHUNK &&
	       layout->attributes <= sealed_size(ROW_UUID_SIZE + ROW_MAX_ATTRIBUTES) &&
	       layout->secret <= SECRET_MAX + 4096 && (layout->has_secret || !layout->secret) &&
	       layout_size(layout) == length;
}

/* The plaintext of the attributes: UUID, then as in the database. To be wiped and freed. */
static uint8_t *encode(const struct row *row, size_t *ret_length)
{
	size_t length = ROW_UUID_SIZE + row_encode(row, NULL);
	uint8_t *plain = malloc(length);

	if (!plain)
		return NULL;
	memcpy(plain, row->uuid, ROW_UUID_SIZE);
	row_encode(row, plain + ROW_UUID_SIZE);
	*ret_length = length;
	return plain;
}

static void wipe(uint8_t *bytes, size_t length)
{
	if (!bytes)
		return;
	explicit_bzero(bytes, length);
	free(bytes);
}

static size_t padded_name(const char *name, uint8_t padded[BACKUP_MAX_NAME])
{
	size_t length = strnlen(name, BACKUP_MAX_NAME - 1) + 1;

	memset(padded, 0, BACKUP_MAX_NAME);
	memcpy(padded, name, length - 1);
	return (length + NAME_STEP - 1) / NAME_STEP * NAME_STEP;
}

static enum fault seal_parts(struct store *store, struct backup *backup, uint64_t index, const struct layout *layout,
			     const uint8_t *name, size_t name_length, const uint8_t *plain, size_t plain_length,
			     uint8_t *content)
{
	struct place place = { .index = index, .part = PART_NAME };
	enum fault fault;

	memcpy(place.item, layout->item, 4);
	layout_write(layout, content);
	fault = seal_part(store, backup, BACKUP_PORTABLE, &place, name, name_length, content + ITEM_HEADER);
	place.part = PART_ATTRIBUTES;
	if (!fault)
		fault = seal_part(store, backup, key_of(layout->class_number), &place, plain, plain_length,
				  content + ITEM_HEADER + layout->name);
	return fault;
}

enum fault backup_seal_row(struct store *store, struct backup *backup, uint64_t index, struct row *row, const char *name,
			   uint8_t **ret_content, size_t *ret_length)
{
	struct sealed_secret moved = row->secret;
	struct layout layout = {
		.item = { FORMAT, (uint8_t)row->class_number, (uint8_t)row->item_class, row->secret.bytes != NULL },
		.class_number = row->class_number,
		.has_secret = row->secret.bytes,
		.secret = row->secret.length,
	};
	uint8_t padded[BACKUP_MAX_NAME], *plain, *content;
	size_t name_length = padded_name(name, padded), plain_length = 0, length;
	enum fault fault = secret_move(store, row, store->fd, backup->fd, &moved);

	if (fault)
		return fault;
	plain = encode(row, &plain_length);
	layout.name = sealed_size(name_length);
	layout.attributes = sealed_size(plain_length);
	length = layout_size(&layout);
	content = plain ? malloc(length) : NULL;
	fault = content ? seal_parts(store, backup, index, &layout, padded, name_length, plain, plain_length, content) :
			  FAULT_MEMORY;
	wipe(plain, plain_length);
	explicit_bzero(padded, sizeof(padded));
	if (fault) {
		free(content);
		return fault;
	}
	if (layout.has_secret) {
		memcpy(content + length - moved.length - SECRET_KEY_BLOB_SIZE, moved.row_key, SECRET_KEY_BLOB_SIZE);
		memcpy(content + length - moved.length, moved.bytes, moved.length);
	}
	*ret_content = content;
	*ret_length = length;
	return FAULT_NONE;
}

static enum fault open_name(struct store *store, struct backup *backup, const struct place *place, const uint8_t *sealed,
			    size_t length, char ret_name[BACKUP_MAX_NAME])
{
	uint8_t plain[SEALED_CHUNK];
	size_t opened;
	enum fault fault = open_part(store, backup, BACKUP_PORTABLE, place, sealed, length, plain, &opened);

	if (!fault && (opened > BACKUP_MAX_NAME || !opened || plain[opened - 1]))
		fault = FAULT_DAMAGED;
	if (!fault)
		memcpy(ret_name, plain, opened);
	explicit_bzero(plain, sizeof(plain));
	return fault;
}

static enum fault open_attributes(struct store *store, struct backup *backup, const struct place *place,
				  const struct layout *layout, const uint8_t *sealed, struct row *row)
{
	uint8_t *plain = malloc(layout->attributes + 1);
	size_t length;
	enum fault fault;

	if (!plain)
		return FAULT_MEMORY;
	fault = open_part(store, backup, key_of(layout->class_number), place, sealed, layout->attributes, plain, &length);
	if (!fault && length <= ROW_UUID_SIZE)
		fault = FAULT_DAMAGED;
	if (!fault) {
		memcpy(row->uuid, plain, ROW_UUID_SIZE);
		fault = row_decode(row, plain + ROW_UUID_SIZE, length - ROW_UUID_SIZE, NULL);
	}
	wipe(plain, layout->attributes + 1);
	return fault;
}

/* Whether attributes and secret are of one row, and the class is the one that its attributes say. */
static bool belongs(const struct row *row, const struct layout *layout, const struct sealed_secret *secret)
{
	const char *class = value_as_name(value_get(row->attributes, "pdmn"));
	uint8_t binding[ROW_BINDING_SIZE];

	return class && row_class_number(class) == layout->class_number &&
	       value_as_name(value_get(row->attributes, "agrp")) &&
	       !!(row->flags & ROW_FLAG_SECRET) == layout->has_secret &&
	       !row_binding(secret->row_key, SECRET_KEY_BLOB_SIZE, secret->bytes, secret->length, binding) &&
	       !memcmp(binding, row->binding, ROW_BINDING_SIZE);
}

static enum fault take_secret(const struct layout *layout, const uint8_t *content, size_t length,
			      struct sealed_secret *ret_secret)
{
	if (!layout->has_secret)
		return FAULT_NONE;
	ret_secret->bytes = malloc(layout->secret + 1);
	if (!ret_secret->bytes)
		return FAULT_MEMORY;
	memcpy(ret_secret->row_key, content + length - layout->secret - SECRET_KEY_BLOB_SIZE, SECRET_KEY_BLOB_SIZE);
	memcpy(ret_secret->bytes, content + length - layout->secret, layout->secret);
	ret_secret->length = layout->secret;
	return FAULT_NONE;
}

enum fault backup_open_row(struct store *store, struct backup *backup, uint64_t index, const uint8_t *content, size_t length,
			   struct row *ret_row, struct sealed_secret *ret_secret, char ret_name[BACKUP_MAX_NAME],
			   uint32_t *ret_class)
{
	struct place place = { .index = index, .part = PART_NAME };
	struct layout layout;
	enum fault fault;

	*ret_row = (struct row){ 0 };
	*ret_secret = (struct sealed_secret){ 0 };
	memset(ret_name, 0, BACKUP_MAX_NAME);
	*ret_class = 0;
	if (!layout_read(&layout, content, length))
		return FAULT_DAMAGED;
	memcpy(place.item, layout.item, 4);
	fault = open_name(store, backup, &place, content + ITEM_HEADER, layout.name, ret_name);
	if (fault)
		return fault;
	*ret_class = layout.class_number;
	if (!backup_has_class(backup, layout.class_number))
		return FAULT_DEVICE;
	ret_row->item_class = (enum item_class)layout.item[2];
	ret_row->class_number = layout.class_number;
	place.part = PART_ATTRIBUTES;
	fault = open_attributes(store, backup, &place, &layout, content + ITEM_HEADER + layout.name, ret_row);
	if (!fault)
		fault = take_secret(&layout, content, length, ret_secret);
	if (!fault && !belongs(ret_row, &layout, ret_secret))
		fault = FAULT_DAMAGED;
	if (!fault)
		fault = secret_move(store, ret_row, backup->fd, store->fd, ret_secret);
	return fault;
}

/* ---- the end ---- */

static const struct place *place_of_end(struct place *place, uint64_t index)
{
	*place = (struct place){ .index = index, .part = PART_END, .item = { FORMAT } };
	return place;
}

enum fault backup_seal_end(struct store *store, struct backup *backup, uint64_t index, const struct backup_end *end,
			   uint8_t content[BACKUP_END_SIZE])
{
	uint64_t numbers[2] = { htole64(end->items), htole64(end->skipped) };
	struct place place;

	return seal_part(store, backup, BACKUP_PORTABLE, place_of_end(&place, index), (const uint8_t *)numbers, sizeof(numbers),
			 content);
}

enum fault backup_open_end(struct store *store, struct backup *backup, uint64_t index, const uint8_t *content, size_t length,
			   struct backup_end *ret_end)
{
	uint64_t numbers[BACKUP_END_SIZE / sizeof(uint64_t) + 1];
	struct place place;
	size_t opened;
	enum fault fault;

	if (length != BACKUP_END_SIZE)
		return FAULT_DAMAGED;
	fault = open_part(store, backup, BACKUP_PORTABLE, place_of_end(&place, index), content, length, (uint8_t *)numbers,
			  &opened);
	if (fault)
		return fault;
	*ret_end = (struct backup_end){ .items = le64toh(numbers[0]), .skipped = le64toh(numbers[1]) };
	return FAULT_NONE;
}

/* ---- which rows the backup has ---- */

bool backup_note_row(struct backup *backup, enum item_class item_class, int64_t number)
{
	struct backup_rows *rows = &backup->rows[item_class];

	if (rows->count == rows->capacity) {
		size_t capacity = rows->capacity ? 2 * rows->capacity : 256;
		int64_t *numbers = reallocarray(rows->numbers, capacity, sizeof(*numbers));

		if (!numbers)
			return false;
		rows->numbers = numbers;
		rows->capacity = capacity;
	}
	rows->numbers[rows->count++] = number;
	return true;
}

static int compare_numbers(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return first < second ? -1 : first > second;
}

void backup_sort_rows(struct backup *backup)
{
	for (unsigned int class = 0; class < ITEM_STORED_CLASSES; class++)
		if (backup->rows[class].count)
			qsort(backup->rows[class].numbers, backup->rows[class].count, sizeof(int64_t), compare_numbers);
}

bool backup_has_row(const struct backup *backup, enum item_class item_class, int64_t number)
{
	const struct backup_rows *rows = &backup->rows[item_class];

	return rows->count && bsearch(&number, rows->numbers, rows->count, sizeof(number), compare_numbers);
}

enum fault backup_read_rows(struct store *store, enum item_class item_class, int64_t after, bool secrets, struct row *rows,
			    size_t capacity, size_t *ret_count)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	enum fault fault = FAULT_NONE;
	int result = SQLITE_DONE;
	char sql[1600];

	*ret_count = 0;
	snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE tomb=0 AND row>? ORDER BY row LIMIT %zu", schema_columns(item_class),
		 item_class_name(item_class), capacity);
	select = database_prepare(&store->database, sql);
	if (!select)
		return store->database.fault;
	sqlite3_bind_int64(select, 1, after);
	while (!fault && (result = sqlite3_step(select)) == SQLITE_ROW) {
		fault = row_read(&rows[*ret_count], item_class, secrets, select);
		if (fault)
			break;
		/* A table that is out of order would go on without end. */
		if (rows[*ret_count].id <= after)
			fault = database_fault(&store->database, SQLITE_CORRUPT);
		after = rows[(*ret_count)++].id;
	}
	if (!fault && result != SQLITE_DONE)
		fault = database_fault(&store->database, result);
	while (fault && *ret_count)
		row_release(&rows[--*ret_count]);
	return fault;
}
