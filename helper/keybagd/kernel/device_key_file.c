// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/credential.h"
#include "common/folder.h"
#include "common/io.h"
#include "common/paths.h"
#include "keybagd/store/file.h"
#include "libkeybag/keybag.h"

#define KEY_FILE	KEYBAG_DEVICE_KEY_FILE
#define NEW_KEY_FILE	KEY_FILE ".new"
#define OLD_KEY_FILE	KEY_FILE ".old"
#define TPM_FILE	KEYBAG_DEVICE_KEY_SEALED
#define NEW_TPM_FILE	TPM_FILE ".new"
#define OLD_TPM_FILE	TPM_FILE ".old"

/*
 * Past the page cache, which nobody wipes: the key would outlast evict, in a hibernation image too. File systems that cannot
 * do that refuse it, or read by the cache all the same and do not say so (btrfs, ext4 with data in its inodes): the page is
 * dropped at least. Of a credential it stays, as it is all that the file is.
 */
static ssize_t read_uncached(int fd, void *bytes)
{
	int flags = fcntl(fd, F_GETFL);
	ssize_t length;

	fcntl(fd, F_SETFL, flags | O_DIRECT);
	length = pread(fd, bytes, DEVICE_KEY_READ_SIZE, 0);
	if (length < 0 && errno == EINVAL) {
		fcntl(fd, F_SETFL, flags);
		length = pread(fd, bytes, DEVICE_KEY_READ_SIZE, 0);
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return length;
}

const struct device_key_source device_key_in_file = {
	.what = "device key " KEY_FILE,
	.access_remedy = "'chown root: " KEY_FILE " && chmod 600 " KEY_FILE "'",
	.size_remedy = "restore the right file from a backup",
	.closed = 077,
};

/* Some versions of systemd let the service's group read it, which is root's. */
const struct device_key_source device_key_in_credential = {
	.what = "device key of the systemd credential " KEYBAG_CREDENTIAL,
	.access_remedy = "have systemd load it, see keybagd(8)",
	.size_remedy = "encrypt the device key itself, byte for byte, with 'systemd-creds encrypt --name=" KEYBAG_CREDENTIAL
		       "' as in keybagd(8), then 'systemctl restart keybagd'",
	.closed = 037,
};

int device_key_read(int fd, const struct device_key_source *source, struct secret *key, struct request_result *ret_result)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return request_result_fail_plain(ret_result, -errno, source->what);
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || status.st_mode & source->closed ||
	    (status.st_mode & 070 && status.st_gid != getegid()))
		return request_result_fail(ret_result, -EMEDIUMTYPE, "%s is not used because others can get at it: %s",
					   source->what, source->access_remedy);
	if (status.st_size != KEYBAG_DEVICE_KEY_SIZE)
		return request_result_fail(ret_result, -EMEDIUMTYPE, "%s is %lld bytes long, not %d: %s", source->what,
					   (long long)status.st_size, KEYBAG_DEVICE_KEY_SIZE, source->size_remedy);
	if (read_uncached(fd, key->data) != KEYBAG_DEVICE_KEY_SIZE)
		return request_result_fail_plain(ret_result, -EIO, source->what);
	key->length = KEYBAG_DEVICE_KEY_SIZE;
	return 0;
}

static int sync_folder(void)
{
	CLEANUP_FD int fd = open(KEYBAG_CONFIG_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* One that has another name is the key in use, as an interrupted device_key_file_write() leaves it. */
static int destroy_last(const char *path)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;
	int result = fd < 0 || fstat(fd, &status) < 0 ? -errno : 0;

	if (!result && S_ISREG(status.st_mode) && status.st_nlink == 1)
		result = file_overwrite(fd);
	if (!result && unlink(path) < 0)
		result = -errno;
	return result == -ENOENT ? 0 : result;
}

/*
 * By way of the page cache, once in the life of a machine: the page is dropped, not wiped (docs/threat-model.md). O_DIRECT
 * would not help. It writes whole blocks, and to cut the file to its 32 bytes the file system reads the block into the cache,
 * to zero the rest of it there.
 */
int device_key_file_write(const struct secret *key)
{
	CLEANUP_FD int fd = -1;
	int result;

	if (folder_make_shared(KEYBAG_CONFIG_FOLDER) < 0)
		return -errno;
	result = destroy_last(NEW_KEY_FILE);
	if (result < 0)
		return result;
	fd = open(NEW_KEY_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	result = write_all(fd, key->data, KEYBAG_DEVICE_KEY_SIZE);
	if (!result && fsync(fd) < 0)
		result = -errno;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	/* A link, not a rename: never in the place of a key that is there. */
	if (!result && link(NEW_KEY_FILE, KEY_FILE) < 0)
		result = -errno;
	if (result < 0)
		destroy_last(NEW_KEY_FILE);
	else
		unlink(NEW_KEY_FILE);
	return result < 0 ? result : sync_folder();
}

int device_key_file_open(void)
{
	int fd = open(KEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

/*
 * Under another name first: after a power cut in the midst of it there is no device.key of zeros. An older one of that name would
 * lose it, and keep its bytes.
 */
int device_key_file_remove(void)
{
	int result = destroy_last(NEW_KEY_FILE);

	if (!result)
		result = destroy_last(OLD_KEY_FILE);
	if (!result)
		result = rename(KEY_FILE, OLD_KEY_FILE) < 0 && errno != ENOENT ? -errno : sync_folder();
	if (!result)
		result = destroy_last(OLD_KEY_FILE);
	return result < 0 ? result : sync_folder();
}

bool device_key_file_remains(void)
{
	return access(KEY_FILE, F_OK) == 0 || access(OLD_KEY_FILE, F_OK) == 0 || access(NEW_KEY_FILE, F_OK) == 0;
}

int device_key_tpm_read(struct tpm_sealed *ret_sealed, struct request_result *ret_result)
{
	CLEANUP_FD int fd = open(TPM_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;
	ssize_t length;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, &status) < 0)
		return request_result_fail_plain(ret_result, -errno, "device key " TPM_FILE);
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || status.st_mode & 077)
		return request_result_fail(ret_result, -EMEDIUMTYPE, "device key " TPM_FILE " is not used because others can get at it: "
					   "'chown root: " TPM_FILE " && chmod 600 " TPM_FILE "'");
	length = read_all(fd, ret_sealed->bytes, sizeof(ret_sealed->bytes));
	/* One that is too long is none that this version has made. */
	if (length < 0 && length != -EMSGSIZE)
		return request_result_fail_plain(ret_result, (int)length, "device key " TPM_FILE);
	ret_sealed->length = length < 0 ? 0 : (size_t)length;
	return 0;
}

int device_key_tpm_write(const struct tpm_sealed *sealed)
{
	CLEANUP_FD int fd = -1;
	int result;

	if (folder_make_shared(KEYBAG_CONFIG_FOLDER) < 0 || (unlink(NEW_TPM_FILE) < 0 && errno != ENOENT))
		return -errno;
	fd = open(NEW_TPM_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	result = write_all(fd, sealed->bytes, sealed->length);
	if (!result && fsync(fd) < 0)
		result = -errno;
	if (!result && rename(NEW_TPM_FILE, TPM_FILE) < 0)
		result = -errno;
	if (result < 0)
		unlink(NEW_TPM_FILE);
	return result < 0 ? result : sync_folder();
}

int device_key_tpm_remove(void)
{
	return unlink(TPM_FILE) < 0 ? -errno : sync_folder();
}

int device_key_tpm_set_aside(char *ret_path, size_t size)
{
	char path[sizeof(OLD_TPM_FILE) + 16] = OLD_TPM_FILE;
	unsigned int number = 0;

	/* One that is there already may be the only way to keybags of another disk. */
	while (renameat2(AT_FDCWD, TPM_FILE, AT_FDCWD, path, RENAME_NOREPLACE) < 0) {
		if (errno != EEXIST)
			return -errno;
		snprintf(path, sizeof(path), OLD_TPM_FILE ".%u", ++number);
	}
	snprintf(ret_path, size, "%s", path);
	return sync_folder();
}
