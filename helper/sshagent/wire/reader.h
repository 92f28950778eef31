/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers and strings of SSH's messages (RFC 4251, section 5), read from bytes that others chose: bounded, and copied nowhere.
 * The first failure sticks: all that is read from then on is zero, and reader_done() tells.
 */
#ifndef SSHAGENT_READER_H
#define SSHAGENT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Within the bytes that were read. */
struct bytes {
	const uint8_t *data;
	size_t length;
};

struct reader {
	const uint8_t *at;
	size_t left;
	bool failed;
};

struct reader reader_of(const void *bytes, size_t length);
struct reader reader_of_bytes(struct bytes bytes);

uint8_t reader_u8(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
/* Anything but 0 is true, as RFC 4251 has it. */
bool reader_boolean(struct reader *reader);
struct bytes reader_string(struct reader *reader);
/* A string without NUL in it. */
struct bytes reader_text(struct reader *reader);
/* A number that is not negative, of up to @maximum bytes, without the zeros in front. */
struct bytes reader_number(struct reader *reader, size_t maximum);
/* All that is left. */
struct bytes reader_rest(struct reader *reader);

/* Says that what was read is not as it has to be. */
void reader_fail(struct reader *reader);
/* Whether nothing is left, or all has failed: for loops. */
bool reader_ended(const struct reader *reader);
/* Whether all could be read, and nothing is left. */
bool reader_done(const struct reader *reader);

bool bytes_are(struct bytes bytes, const char *text);
bool bytes_equal(struct bytes one, struct bytes other);
struct bytes bytes_of_text(const char *text);

#endif /* SSHAGENT_READER_H */
