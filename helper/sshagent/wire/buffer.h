/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers and strings of SSH's messages, put together in the heap: public keys, comments, signatures. Not for secrets.
 * The first failure sticks in @failed.
 */
#ifndef SSHAGENT_BUFFER_H
#define SSHAGENT_BUFFER_H

#include "helper/common/cleanup.h"
#include "reader.h"

struct buffer {
	uint8_t *data;
	size_t length;
	size_t capacity;
	bool failed;
};

#define BUFFER_NONE ((struct buffer){ 0 })

void buffer_u8(struct buffer *buffer, uint8_t number);
void buffer_u32(struct buffer *buffer, uint32_t number);
/* As they are. */
void buffer_bytes(struct buffer *buffer, struct bytes bytes);
/* Behind their length. */
void buffer_string(struct buffer *buffer, struct bytes bytes);
void buffer_text(struct buffer *buffer, const char *text);
/* A number that is not negative, of which @bytes has no zeros in front. */
void buffer_number(struct buffer *buffer, struct bytes bytes);

/* A string whose length is not known yet: between these two. */
size_t buffer_begin(struct buffer *buffer);
void buffer_end(struct buffer *buffer, size_t begun);

struct bytes buffer_content(const struct buffer *buffer);
/* Empty again, with its memory. */
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

#define CLEANUP_BUFFER CLEANUP(buffer_free)

#endif /* SSHAGENT_BUFFER_H */
