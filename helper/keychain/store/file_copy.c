// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/file_copy.h"
#include "helper/keychain/store/beside.h"
#include "helper/keychain/store/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

#define PAGE_SIZE	4096
#define HEADER_SIZE	101	/* with the kind of the schema's topmost page */
#define INTERIOR	5	/* our schema never fits into one page */

static void put_u32(uint8_t *bytes, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

/* All that is always the same in the first bytes of our files, or follows from their length. */
static void make_header(uint8_t header[HEADER_SIZE], off_t length)
{
	static const uint8_t fixed[] = "SQLite format 3\0\x10\0\2\2\0\x40\x20\x20";

	memcpy(header, fixed, sizeof(fixed) - 1);
	put_u32(header + 28, (uint32_t)(length / PAGE_SIZE));
	memcpy(header + 92, header + 24, 4);
	memset(header + 32, 0, 8);
	put_u32(header + 44, 4);
	memset(header + 48, 0, 4);
	put_u32(header + 56, 1);
	memset(header + 72, 0, 20);
	header[100] = INTERIOR;
}

static int copy_bytes(int in, int out, off_t left)
{
	while (left > 0) {
		ssize_t sent = sendfile(out, in, NULL, (size_t)left);

		if (sent <= 0)
			return raw_result_of(sent < 0 ? errno : EIO, SQLITE_IOERR);
		left -= sent;
	}
	return SQLITE_OK;
}

static int copy_file(const char *path, const char *copy, int *ret_fd, off_t *ret_length)
{
	int in CLEANUP_FD = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (in < 0 || fstat(in, &status))
		return raw_result_of(errno, SQLITE_IOERR);
	*ret_length = status.st_size;
	*ret_fd = open(copy, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *ret_fd < 0 ? raw_result_of(errno, SQLITE_IOERR) : copy_bytes(in, *ret_fd, status.st_size);
}

/* The WAL is a part of the database. */
static int copy_wal(const char *path, const char *copy)
{
	char *wal CLEANUP_FREE = NULL, *to CLEANUP_FREE = NULL;
	int fd CLEANUP_FD = -1;
	off_t length;

	if (asprintf(&wal, "%s" BESIDE_WAL, path) < 0 || asprintf(&to, "%s" BESIDE_WAL, copy) < 0)
		return SQLITE_NOMEM;
	return access(wal, F_OK) && errno == ENOENT ? SQLITE_OK : copy_file(wal, to, &fd, &length);
}

/* Both, in place of what bears the copy's name. */
static int copy_database(const char *path, const char *copy, int *ret_fd, off_t *ret_length)
{
	int error = beside_remove(copy), result;

	if (error)
		return raw_result_of(-error, SQLITE_IOERR);
	result = copy_file(path, copy, ret_fd, ret_length);
	return result == SQLITE_OK ? copy_wal(path, copy) : result;
}

int file_copy_with_header(const char *path, const char *copy)
{
	uint8_t header[HEADER_SIZE];
	int fd CLEANUP_FD = -1;
	off_t length;
	int result = copy_database(path, copy, &fd, &length);

	if (result != SQLITE_OK)
		return result;
	if (length < PAGE_SIZE || pread(fd, header, sizeof(header), 0) != sizeof(header))
		return SQLITE_CORRUPT;
	make_header(header, length);
	return pwrite(fd, header, sizeof(header), 0) == sizeof(header) ? SQLITE_OK : raw_result_of(errno, SQLITE_IOERR);
}

int file_copy_whole(const char *path, const char *copy)
{
	sqlite3 *handle CLEANUP_HANDLE = NULL;
	int fd CLEANUP_FD = -1;
	off_t length;
	int result = copy_database(path, copy, &fd, &length);

	if (result == SQLITE_OK)
		result = raw_verdict(copy, raw_open(copy, &handle));
	if (result == SQLITE_OK)
		result = raw_verdict(copy, raw_cause(handle, sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_TRUNCATE,
										       NULL, NULL)));
	return result;
}
