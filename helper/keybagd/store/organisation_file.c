// SPDX-License-Identifier: GPL-2.0-or-later
#include "organisation_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "store.h"

#define FIRST_LINE	"keybag-organisation 1\n"
#define DIGEST_LINE	(2 * ORGANISATION_DIGEST + 1)	/* hexadecimal, line feed */
#define HEAD_SIZE	512				/* at most; the DER follows */
#define FILE_SIZE	(HEAD_SIZE + ORGANISATION_CERTIFICATE)

static int write_head(char head[HEAD_SIZE], const struct organisation *organisation)
{
	int length = sprintf(head, FIRST_LINE);

	for (size_t i = 0; i < ORGANISATION_DIGEST; i++)
		length += sprintf(head + length, "%02x", organisation->digest[i]);
	return length + snprintf(head + length, HEAD_SIZE - (size_t)length, "\n%" PRId64 " %" PRId64 "\n%s\n",
				 organisation->not_before, organisation->not_after, organisation->subject);
}

/* The line at @*at, without its end, and the next one; NULL where no line ends. */
static char *next_line(char **at, const char *end)
{
	char *line = *at, *feed = memchr(line, '\n', (size_t)(end - line));

	if (!feed)
		return NULL;
	*feed = 0;
	*at = feed + 1;
	return line;
}

static bool is_digest(const char *text, const uint8_t digest[ORGANISATION_DIGEST])
{
	char wanted[DIGEST_LINE];

	for (size_t i = 0; i < ORGANISATION_DIGEST; i++)
		sprintf(wanted + 2 * i, "%02x", digest[i]);
	return !strcmp(text, wanted);
}

static int parse(char *bytes, size_t length, const uint8_t digest[ORGANISATION_DIGEST],
		 struct organisation *ret_organisation)
{
	char *at = bytes, *end = bytes + length;
	const char *first = next_line(&at, end), *hash = first ? next_line(&at, end) : NULL;
	const char *dates = hash ? next_line(&at, end) : NULL, *subject = dates ? next_line(&at, end) : NULL;

	if (!subject || strncmp(first, FIRST_LINE, strlen(FIRST_LINE) - 1) != 0 || !is_digest(hash, digest) ||
	    strlen(subject) >= ORGANISATION_SUBJECT || at == end || end - at > ORGANISATION_CERTIFICATE)
		return -ENOENT;
	*ret_organisation = (struct organisation){ .length = (uint32_t)(end - at) };
	if (sscanf(dates, "%" SCNd64 " %" SCNd64, &ret_organisation->not_before, &ret_organisation->not_after) != 2)
		return -ENOENT;
	memcpy(ret_organisation->digest, digest, ORGANISATION_DIGEST);
	strcpy(ret_organisation->subject, subject);
	memcpy(ret_organisation->certificate, at, ret_organisation->length);
	return 0;
}

static int read_one(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix, const uint8_t digest[ORGANISATION_DIGEST],
		    struct organisation *ret_organisation)
{
	CLEANUP_FD int fd = store_file(uuid, suffix, O_RDONLY);
	char bytes[FILE_SIZE];
	ssize_t length = fd < 0 ? fd : read_all(fd, bytes, sizeof(bytes));

	return length < 0 ? -ENOENT : parse(bytes, (size_t)length, digest, ret_organisation);
}

int organisation_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE], const uint8_t digest[ORGANISATION_DIGEST],
			   struct organisation *ret_organisation)
{
	int result = read_one(uuid, ORGANISATION_SUFFIX, digest, ret_organisation);

	return result ? read_one(uuid, ORGANISATION_NEW_SUFFIX, digest, ret_organisation) : 0;
}

/* Where power went between the form and organisation_file_place(), the one that holds is the new one. */
static int keep_present(const uint8_t uuid[KEYBAG_UUID_SIZE], const uint8_t *present)
{
	struct organisation found;

	if (!present || read_one(uuid, ORGANISATION_SUFFIX, present, &found) == 0 ||
	    read_one(uuid, ORGANISATION_NEW_SUFFIX, present, &found) != 0)
		return 0;
	return organisation_file_place(uuid);
}

int organisation_file_begin(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct organisation *organisation,
			    const uint8_t *present)
{
	char bytes[FILE_SIZE];
	int length = write_head(bytes, organisation), result = keep_present(uuid, present);

	memcpy(bytes + length, organisation->certificate, organisation->length);
	if (!result)
		result = store_write_new(uuid, ORGANISATION_NEW_SUFFIX, bytes, (size_t)length + organisation->length);
	return result ? result : store_sync();
}

int organisation_file_place(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	int result = store_rename(uuid, ORGANISATION_NEW_SUFFIX, ORGANISATION_SUFFIX);

	return result ? result : store_sync();
}

int organisation_file_remove(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	int result = store_remove(uuid, ORGANISATION_SUFFIX);

	if (!result)
		result = store_remove(uuid, ORGANISATION_NEW_SUFFIX);
	return result ? result : store_sync();
}
