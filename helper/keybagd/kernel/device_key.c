// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_key.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/credential.h"
#include "common/folder.h"
#include "common/io.h"
#include "common/paths.h"
#include "common/secret.h"
#include "daemon/log.h"
#include "device_ioctl.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/store.h"

#define KEY_FILE	KEYBAG_DEVICE_KEY_FILE
#define NEW_KEY_FILE	KEY_FILE ".new"
/* Direct reads take whole blocks. */
#define READ_SIZE	4096

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool lost;

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
	length = pread(fd, bytes, READ_SIZE, 0);
	if (length < 0 && errno == EINVAL) {
		fcntl(fd, F_SETFL, flags);
		length = pread(fd, bytes, READ_SIZE, 0);
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return length;
}

/* Where a key may be. */
struct source {
	const char *what;		/* how it is called, with its name */
	const char *access_remedy;
	const char *size_remedy;
	mode_t closed;			/* what nobody but its owner may have */
};

static const struct source file_source = {
	.what = "device key " KEY_FILE,
	.access_remedy = "'chown root: " KEY_FILE " && chmod 600 " KEY_FILE "'",
	.size_remedy = "restore the right file from a backup",
	.closed = 077,
};

/* Some versions of systemd let the service's group read it, which is root's. */
static const struct source credential_source = {
	.what = "device key of the systemd credential " KEYBAG_CREDENTIAL,
	.access_remedy = "have systemd load it, see keybagd(8)",
	.size_remedy = "encrypt the device key itself, byte for byte, with 'systemd-creds encrypt --name=" KEYBAG_CREDENTIAL
		       "' as in keybagd(8), then 'systemctl restart keybagd'",
	.closed = 037,
};

static int read_key(int fd, const struct source *source, struct secret *key, struct request_result *ret_result)
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
	return 0;
}

static int sync_folder(void)
{
	CLEANUP_FD int fd = open(KEYBAG_CONFIG_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/*
 * By way of the page cache, once in the life of a machine: the page is dropped, not wiped (docs/threat-model.md). O_DIRECT
 * would not help. It writes whole blocks, and to cut the file to its 32 bytes the file system reads the block into the cache,
 * to zero the rest of it there.
 */
static int write_key(const struct secret *key)
{
	CLEANUP_FD int fd = -1;
	int result;

	if (folder_make_shared(KEYBAG_CONFIG_FOLDER) < 0)
		return -errno;
	if (unlink(NEW_KEY_FILE) < 0 && errno != ENOENT)
		return -errno;
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
	unlink(NEW_KEY_FILE);
	return result < 0 ? result : sync_folder();
}

/* A credential that the unit takes, and that a daemon which was started by hand does not have; NULL: there is none. */
static const char *credential_elsewhere(void)
{
	return access(KEYBAG_CREDENTIAL_FILE, F_OK) == 0 ? KEYBAG_CREDENTIAL_FILE : credential_stored();
}

static int make_key(struct secret *key, struct request_result *ret_result)
{
	const char *elsewhere = credential_elsewhere();
	int bags = store_each(FORM_SUFFIX, NULL, NULL);
	int result;

	/* Keybags that are sealed to a second key are lost for the unit. */
	if (elsewhere)
		return request_result_fail(ret_result, -ENODEV, "the device key is the credential %s, which this keybagd was "
					   "not given, and no other one is made: have keybagd.service load it as in "
					   "keybagd(8), then 'systemctl restart keybagd'; or, if it is not used any more, "
					   "remove that file", elsewhere);
	if (bags < 0)
		return request_result_fail_plain(ret_result, bags, KEYBAG_BAG_FOLDER);
	if (bags > 0)
		return request_result_fail(ret_result, -ENODEV,
					   "device key " KEY_FILE " is missing, but %d keybag%s sealed to it in "
					   KEYBAG_BAG_FOLDER ": restore it from a backup; or, if it is lost, "
					   "move the keybags away, restart keybagd and use 'keybagctl recover' "
					   "with the recovery codes", bags, bags > 1 ? "s are" : " is");
	if (getrandom(key->data, KEYBAG_DEVICE_KEY_SIZE, 0) != KEYBAG_DEVICE_KEY_SIZE)
		return request_result_fail_plain(ret_result, -EIO, "random numbers");
	result = write_key(key);
	if (result < 0)
		return request_result_fail_plain(ret_result, result, "new device key " KEY_FILE);
	log_notice("made a new device key, " KEY_FILE ": keep a copy of it in a safe place");
	return 0;
}

static int obtain_file(struct secret *key, struct request_result *ret_result)
{
	CLEANUP_FD int fd = open(KEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd >= 0)
		return read_key(fd, &file_source, key, ret_result);
	if (errno == ENOENT)
		return make_key(key, ret_result);
	return request_result_fail_plain(ret_result, -errno, "device key " KEY_FILE);
}

/* A credential that is there goes before the file, also when it is no good: the file has another key, if any. */
static int obtain_key(struct secret *key, const struct source **ret_source, struct request_result *ret_result)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	CLEANUP_FD int folder_fd = -1;
	CLEANUP_FD int fd = -1;

	*ret_source = &file_source;
	if (!folder || *folder != '/')
		return obtain_file(key, ret_result);
	folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd >= 0)
		fd = openat(folder_fd, KEYBAG_CREDENTIAL, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return obtain_file(key, ret_result);
	*ret_source = &credential_source;
	if (fd < 0)
		return request_result_fail_plain(ret_result, -errno, credential_source.what);
	return read_key(fd, &credential_source, key, ret_result);
}

static int supply_key(struct request_result *ret_result)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct keybag_device_key command = { 0 };
	const struct source *source;
	int result;

	result = secret_new(&key, READ_SIZE);
	if (result < 0)
		return request_result_fail_plain(ret_result, result, "device key");
	result = obtain_key(&key, &source, ret_result);
	if (result < 0)
		return result;
	command.key = (uintptr_t)key.data;
	result = device_ioctl(KEYBAG_IOC_SET_DEVICE_KEY, &command);
	if (result == -EEXIST)
		return request_result_fail(ret_result, -EMEDIUMTYPE,
				    "the kernel already has another key than the %s: "
				    "'keybagctl evict' takes it out, and all keybags with it", source->what);
	if (result < 0)
		return request_result_fail_plain(ret_result, result, "device key for the kernel");
	return 0;
}

int device_key_supply(struct request_result *ret_result)
{
	int result;

	pthread_mutex_lock(&one_at_a_time);
	result = supply_key(ret_result);
	/* Other errors say nothing of the key. */
	if (!result || result == -ENODEV || result == -EMEDIUMTYPE)
		atomic_store(&lost, result < 0);
	pthread_mutex_unlock(&one_at_a_time);
	return result;
}

bool device_key_is_lost(void)
{
	return atomic_load(&lost);
}

int device_key_call(unsigned long command, void *argument, struct request_result *ret_result)
{
	int result = device_ioctl(command, argument);

	if (result != -ENODEV)
		return result;
	result = device_key_supply(ret_result);
	return result < 0 ? result : device_ioctl(command, argument);
}
