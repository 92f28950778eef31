// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_key.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "common/paths.h"
#include "common/secret.h"
#include "control.h"
#include "daemon/log.h"
#include "file.h"
#include "form_file.h"
#include "store.h"

#define KEY_FILE	KEYBAG_DEVICE_KEY_FILE
#define NEW_KEY_FILE	KEY_FILE ".new"
/* Direct reads take whole blocks. */
#define READ_SIZE	4096

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/*
 * Past the page cache, which nobody wipes: the key would outlast evict, in a hibernation image too. Where
 * the file system cannot do that, the page is dropped at least.
 */
static ssize_t read_uncached(int fd, void *bytes)
{
	int flags = fcntl(fd, F_GETFL);
	ssize_t length;

	if (fcntl(fd, F_SETFL, flags | O_DIRECT) == 0) {
		length = pread(fd, bytes, READ_SIZE, 0);
		if (length >= 0 || errno != EINVAL)
			return length;
		fcntl(fd, F_SETFL, flags);
	}
	length = pread(fd, bytes, READ_SIZE, 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return length;
}

static int read_key(int fd, struct secret *key, struct outcome *outcome)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return outcome_fail_plain(outcome, -errno, "device key " KEY_FILE);
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || status.st_mode & 077)
		return outcome_fail(outcome, -ENODEV,
				    "device key " KEY_FILE " is not used because others can get at it: "
				    "'chown root: " KEY_FILE " && chmod 600 " KEY_FILE "'");
	if (status.st_size != KEYBAG_DEVICE_KEY_SIZE)
		return outcome_fail(outcome, -ENODEV,
				    "device key " KEY_FILE " is %lld bytes long, not %d: "
				    "put back the right file from a backup",
				    (long long)status.st_size, KEYBAG_DEVICE_KEY_SIZE);
	if (read_uncached(fd, key->data) != KEYBAG_DEVICE_KEY_SIZE)
		return outcome_fail_plain(outcome, -EIO, "device key " KEY_FILE);
	return 0;
}

static int sync_folder(void)
{
	CLEANUP_FD int fd = open(KEYBAG_CONFIG_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int write_key(const struct secret *key)
{
	CLEANUP_FD int fd = -1;
	int result;

	if (make_folders(KEYBAG_CONFIG_FOLDER, 0755) < 0)
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

static int make_key(struct secret *key, struct outcome *outcome)
{
	int bags = store_each(FORM_SUFFIX, NULL, NULL);
	int result;

	if (bags < 0)
		return outcome_fail_plain(outcome, bags, KEYBAG_BAG_FOLDER);
	if (bags > 0)
		return outcome_fail(outcome, -ENODEV,
				    "device key " KEY_FILE " is missing, but %d keybag%s sealed to it in "
				    KEYBAG_BAG_FOLDER ": put it back from a backup; or, if it is lost, "
				    "move the keybags away, restart keybagd and use 'keybagctl recover' "
				    "with the recovery codes", bags, bags > 1 ? "s are" : " is");
	if (getrandom(key->data, KEYBAG_DEVICE_KEY_SIZE, 0) != KEYBAG_DEVICE_KEY_SIZE)
		return outcome_fail_plain(outcome, -EIO, "random numbers");
	result = write_key(key);
	if (result < 0)
		return outcome_fail_plain(outcome, result, "new device key " KEY_FILE);
	log_notice("made a new device key, " KEY_FILE ": keep a copy of it in a safe place");
	return 0;
}

static int obtain_key(struct secret *key, struct outcome *outcome)
{
	CLEANUP_FD int fd = open(KEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd >= 0)
		return read_key(fd, key, outcome);
	if (errno == ENOENT)
		return make_key(key, outcome);
	return outcome_fail_plain(outcome, -errno, "device key " KEY_FILE);
}

static int supply(struct outcome *outcome)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct keybag_device_key command = { 0 };
	int result;

	result = secret_new(&key, READ_SIZE);
	if (result < 0)
		return outcome_fail_plain(outcome, result, "device key");
	result = obtain_key(&key, outcome);
	if (result < 0)
		return result;
	command.key = (uintptr_t)key.data;
	result = control_call(KEYBAG_IOC_SET_DEVICE_KEY, &command);
	if (result == -EEXIST)
		return outcome_fail(outcome, -ENODEV,
				    "the kernel already has another device key than " KEY_FILE
				    ": 'keybagctl evict' takes it out, and all keybags with it");
	if (result < 0)
		return outcome_fail_plain(outcome, result, "device key for the kernel");
	return 0;
}

int device_key_supply(struct outcome *outcome)
{
	int result;

	pthread_mutex_lock(&one_at_a_time);
	result = supply(outcome);
	pthread_mutex_unlock(&one_at_a_time);
	return result;
}

int device_key_call(unsigned long command, void *argument, struct outcome *outcome)
{
	int result = control_call(command, argument);

	if (result != -ENODEV)
		return result;
	result = device_key_supply(outcome);
	return result < 0 ? result : control_call(command, argument);
}
