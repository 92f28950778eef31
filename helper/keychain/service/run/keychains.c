// SPDX-License-Identifier: GPL-2.0-or-later
#include "keychains.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/keychain/base/reserved_names.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/store/aside.h"
#include "helper/keychain/store/beside.h"
#include "helper/keychain/store/salvage.h"
#include "system_roots.h"

#define DEFAULT_FILE	"default"	/* the name of the default one */

int keychains_folder(const struct keychain_id *id, char *ret_path, size_t size)
{
	int length = id->system ? snprintf(ret_path, size, KEYCHAIN_STATE_FOLDER "/system") :
				  snprintf(ret_path, size, KEYCHAIN_STATE_FOLDER "/%u", id->owner);

	return length < 0 || (size_t)length >= size ? errSecNotAvailable : 0;
}

static int status_of(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return errSecDiskFull;
	case EROFS:
		return errSecReadOnly;
	case EIO:
		return errSecIO;
	default:
		return errSecNotAvailable;
	}
}

int keychains_path(const struct keychain_id *id, char *ret_path, size_t size)
{
	char folder[PATH_MAX];
	int status = keychains_folder(id, folder, sizeof(folder));
	int length;

	if (status)
		return status;
	length = snprintf(ret_path, size, "%s/%s" KEYCHAIN_SUFFIX, folder, id->name);
	if (length < 0 || (size_t)length >= size)
		return errSecNotAvailable;
	return mkdir(folder, 0700) < 0 && errno != EEXIST ? status_of(errno) : 0;
}

/* Whether the file is there; errno says why it is not known to be. */
static bool look(const struct keychain_id *id, const char *companion, struct stat *ret_status)
{
	char path[PATH_MAX + KEYCHAIN_NAME_SIZE + 16];
	char folder[PATH_MAX];

	errno = ENAMETOOLONG;
	if (keychains_folder(id, folder, sizeof(folder)))
		return false;
	snprintf(path, sizeof(path), "%s/%s" KEYCHAIN_SUFFIX "%s", folder, id->name, companion);
	return stat(path, ret_status) == 0;
}

bool keychains_is_roots(const struct keychain_id *id)
{
	return !id->system && !strcmp(id->name, SYSTEM_ROOTS_KEYCHAIN);
}

bool keychains_is_login_time(const struct keychain_id *id)
{
	return !id->system && !strcmp(id->name, LOGIN_TIME_KEYCHAIN);
}

bool keychains_exists(const struct keychain_id *id)
{
	struct stat status;

	if (!strcmp(id->name, FIRST_KEYCHAIN) || keychains_is_roots(id) || look(id, "", &status))
		return true;
	/* Where that cannot be told, opening it says why. */
	return errno != ENOENT && errno != ENOTDIR;
}

bool keychains_file(const struct keychain_id *id, struct stat *ret_status)
{
	return look(id, "", ret_status);
}

static uint64_t bytes_of(const struct keychain_id *id)
{
	struct stat status;
	uint64_t bytes = look(id, "", &status) ? (uint64_t)status.st_size : 0;

	return bytes + (look(id, BESIDE_WAL, &status) ? (uint64_t)status.st_size : 0);
}

bool keychains_over_quota(const struct keychain_id *id)
{
	return bytes_of(id) > MAX_KEYCHAIN_BYTES;
}

static int is_database(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > strlen(KEYCHAIN_SUFFIX) && length - strlen(KEYCHAIN_SUFFIX) < KEYCHAIN_NAME_SIZE &&
	       !strcmp(entry->d_name + length - strlen(KEYCHAIN_SUFFIX), KEYCHAIN_SUFFIX);
}

static int scan(const struct keychain_id *of, struct dirent ***ret_entries)
{
	char folder[PATH_MAX];
	int count;

	*ret_entries = NULL;
	if (keychains_folder(of, folder, sizeof(folder)))
		return 0;
	count = scandir(folder, ret_entries, is_database, alphasort);
	return count < 0 ? 0 : count;
}

static void free_entries(struct dirent **entries, int count)
{
	int i;

	for (i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

/* The keychain that the file is of; false: it is none that the service made. */
static bool name_in(const struct dirent *entry, char ret_name[KEYCHAIN_NAME_SIZE])
{
	size_t length = strlen(entry->d_name) - strlen(KEYCHAIN_SUFFIX);

	memcpy(ret_name, entry->d_name, length);
	ret_name[length] = 0;
	return keychain_name_valid(ret_name);
}

size_t keychains_count(const struct keychain_id *of)
{
	struct dirent **entries;
	int count = scan(of, &entries);
	struct keychain_id id = *of;
	size_t keychains = 1;

	for (int i = 0; i < count; i++)
		if (name_in(entries[i], id.name) && strcmp(id.name, FIRST_KEYCHAIN) && !keychains_is_roots(&id))
			keychains++;
	free_entries(entries, count);
	return keychains;
}

static atomic_uint generation;

unsigned int keychains_default_generation(void)
{
	return generation;
}

static int default_path(const struct keychain_id *of, char *ret_path, size_t size)
{
	char folder[PATH_MAX];
	int length;

	if (keychains_folder(of, folder, sizeof(folder)))
		return errSecNotAvailable;
	length = snprintf(ret_path, size, "%s/" DEFAULT_FILE, folder);
	return length < 0 || (size_t)length >= size ? errSecNotAvailable : 0;
}

/* The file is absent, or is none that the service wrote. */
static bool is_no_default(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP || error == EISDIR;
}

/* The name that is in the file; "": none, or what is there is none. Returns 0 or an errSec status: that cannot be told. */
static int read_default(const struct keychain_id *of, char ret_name[KEYCHAIN_NAME_SIZE])
{
	CLEANUP_FD int fd = -1;
	char path[PATH_MAX];
	ssize_t length;

	*ret_name = 0;
	if (default_path(of, path, sizeof(path)))
		return errSecNotAvailable;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	length = fd < 0 ? -1 : read(fd, ret_name, KEYCHAIN_NAME_SIZE - 1);
	if (length < 0)
		return is_no_default(errno) ? 0 : status_of(errno);
	ret_name[length] = 0;
	ret_name[strcspn(ret_name, "\n")] = 0;
	if (!keychain_name_valid(ret_name))
		*ret_name = 0;
	return 0;
}

int keychains_default(struct keychain_id *id, char ret_gone[KEYCHAIN_NAME_SIZE])
{
	int status = read_default(id, id->name);

	*ret_gone = 0;
	if (!status && *id->name && keychains_exists(id))
		return 0;
	strcpy(ret_gone, id->name);
	strcpy(id->name, FIRST_KEYCHAIN);
	return status;
}

static int write_default(const char *path, const char *name)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t length = strlen(name);
	ssize_t written;

	if (fd < 0)
		return status_of(errno);
	written = write(fd, name, length);
	if (written < 0)
		return status_of(errno);
	if ((size_t)written != length)
		return errSecDiskFull;
	return fsync(fd) < 0 ? status_of(errno) : 0;
}

static int make_durable(const struct keychain_id *of)
{
	CLEANUP_FD int fd = -1;
	char folder[PATH_MAX];

	if (keychains_folder(of, folder, sizeof(folder)))
		return errSecNotAvailable;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? status_of(errno) : 0;
}

int keychains_choose_default(const struct keychain_id *id)
{
	/* Root may choose in the name of a user, whose thread is another. */
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	char path[PATH_MAX], new[PATH_MAX + 8], database[PATH_MAX];
	int status = default_path(id, path, sizeof(path));

	/* The folder is there when its owner's first item is. */
	if (!status)
		status = keychains_path(id, database, sizeof(database));
	if (status)
		return status;
	snprintf(new, sizeof(new), "%s.new", path);
	pthread_mutex_lock(&mutex);
	status = write_default(new, id->name);
	if (!status && rename(new, path) < 0)
		status = status_of(errno);
	if (status)
		unlink(new);
	pthread_mutex_unlock(&mutex);
	generation++;
	return status ? status : make_durable(id);
}

/* Back to the first one. */
static int forget_default(const struct keychain_id *of)
{
	char path[PATH_MAX];
	int status = default_path(of, path, sizeof(path));

	if (!status && unlink(path) < 0 && errno != ENOENT)
		status = status_of(errno);
	generation++;
	return status;
}

static int add_entry(struct value *list, const struct keychain_id *id, const char *default_name)
{
	struct value *entry = value_dictionary();

	value_set(entry, "name", value_string(id->name));
	value_set(entry, "bytes", value_integer((int64_t)bytes_of(id)));
	value_set(entry, "default", value_boolean(!strcmp(id->name, default_name)));
	return value_append(list, entry);
}

struct value *keychains_list(const struct keychain_id *of)
{
	struct value *list = value_array();
	struct keychain_id id = *of, chosen = *of;
	struct dirent **entries;
	int count = scan(of, &entries);
	int result = list ? 0 : -ENOMEM;
	char gone[KEYCHAIN_NAME_SIZE];
	int i;

	/* Where it is not known none is. */
	if (keychains_default(&chosen, gone))
		*chosen.name = 0;
	for (i = 0; i < count && !result; i++)
		if (name_in(entries[i], id.name))
			result = add_entry(list, &id, chosen.name);
	free_entries(entries, count);
	if (!result)
		return list;
	value_free(list);
	return NULL;
}

int keychains_remove(const struct keychain_id *id)
{
	char path[PATH_MAX], name[KEYCHAIN_NAME_SIZE];
	int status = keychains_path(id, path, sizeof(path)), error;

	if (!status)
		status = read_default(id, name);
	if (status)
		return status;
	/* First the file that would take its place at the next start. */
	error = aside_forget(path);
	salvage_clean(path);
	if (!error)
		error = beside_remove(path);
	if (error)
		return status_of(-error);
	/* Last: while the keychain is there it stays what it was chosen for. */
	if (!strcmp(name, id->name))
		status = forget_default(id);
	return status ? status : make_durable(id);
}
