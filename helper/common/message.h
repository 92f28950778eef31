/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One message of docs/helper-protocol.md: a flat CBOR map from short text keys to integers, booleans,
 * text or bytes. Parsing allocates nothing, is bounded and total; what it yields points into the bytes.
 */
#ifndef KEYBAG_COMMON_MESSAGE_H
#define KEYBAG_COMMON_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_MAX_SIZE	65536
#define MESSAGE_MAX_FIELDS	40
#define MESSAGE_MAX_KEY		31

enum field_type {
	FIELD_UNSIGNED,
	FIELD_NEGATIVE,		/* the value is -1 - number */
	FIELD_BOOLEAN,
	FIELD_TEXT,
	FIELD_BYTES,
};

struct field {
	const char *key;	/* not terminated */
	size_t key_length;
	enum field_type type;
	bool used;		/* asked for by a getter */
	uint64_t number;
	const uint8_t *bytes;	/* text too; not terminated */
	size_t length;
};

struct message {
	size_t count;
	struct field fields[MESSAGE_MAX_FIELDS];
};

/* Returns 0 or -EPROTO: not one map as described, a key twice, anything after it. */
int message_parse(struct message *message, const void *bytes, size_t length);

/*
 * Getters return 0, -ENOENT (no such field) or -EPROTO (another type, out of range). Text with a NUL
 * inside is refused. message_text() writes a terminated copy.
 */
int message_unsigned(struct message *message, const char *key, uint64_t maximum,
		     uint64_t *ret_number);
int message_u32(struct message *message, const char *key, uint32_t *ret_number);
int message_boolean(struct message *message, const char *key, bool *ret_value);
int message_bytes(struct message *message, const char *key, const uint8_t **ret_bytes,
		  size_t *ret_length);
int message_exact(struct message *message, const char *key, uint8_t *ret_bytes, size_t length);
int message_text(struct message *message, const char *key, char *ret_text, size_t capacity);

/* A field no getter asked for, or NULL. */
const struct field *message_unused(const struct message *message);

/* Writes a message. The first failure sticks; message_finish() reports it. */
struct writer {
	uint8_t *bytes;
	size_t capacity;
	size_t length;
	bool failed;
};

void message_start(struct writer *writer, void *bytes, size_t capacity);
void message_add_unsigned(struct writer *writer, const char *key, uint64_t number);
void message_add_boolean(struct writer *writer, const char *key, bool value);
void message_add_text(struct writer *writer, const char *key, const char *text);
void message_add_bytes(struct writer *writer, const char *key, const void *bytes, size_t length);

/* Returns 0 or -EMSGSIZE; the length is in writer->length. */
int message_finish(struct writer *writer);

#endif /* KEYBAG_COMMON_MESSAGE_H */
