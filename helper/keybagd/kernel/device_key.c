// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_key.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/credential.h"
#include "common/deadline.h"
#include "common/paths.h"
#include "common/secret.h"
#include "daemon/log.h"
#include "device_ioctl.h"
#include "device_key_file.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/store.h"
#include "keybagd/tpm/tpm_device.h"
#include "libkeybag/device_key.h"

#define KEY_FILE	KEYBAG_DEVICE_KEY_FILE
#define TPM_FILE	KEYBAG_DEVICE_KEY_SEALED

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool lost;
static struct request_result why_not;	/* one_at_a_time: the last device_key_supply() found no usable key */

/* A TPM that has refused refuses again: each keybag that wants the key would keep the next one waiting. */
#define PAUSE_NS	UINT64_C(10000000000)

/* one_at_a_time: until then @why_not is the answer, while device.tpm is that one. */
static uint64_t paused_until;
static struct stat refused;

static void (*on_return)(void);	/* set once, before others run */

/* A credential that the unit takes, and that a daemon which was started by hand does not have; NULL: there is none. */
static const char *credential_elsewhere(void)
{
	return access(KEYBAG_CREDENTIAL_FILE, F_OK) == 0 ? KEYBAG_CREDENTIAL_FILE : credential_stored();
}

/*
 * The file is what remains where a TPM cannot be used: nothing is sealed to the key yet, and keybags are to work on each machine.
 * One that the TPM does not give back would be lost at the next start.
 */
static bool seal_new_key(const struct secret *key)
{
	CLEANUP_SECRET struct secret opened = SECRET_NONE;
	struct request_result failure = { 0 };
	struct tpm_sealed sealed;
	int result;

	if (!tpm_device_exists())
		return false;
	result = secret_new(&opened, KEYBAG_DEVICE_KEY_SIZE);
	if (result < 0)
		request_result_fail_plain(&failure, result, "device key");
	else if (tpm_seal("new device key", key, &sealed, &failure) == 0 && tpm_open("new device key", &sealed, &opened, &failure) == 0 &&
		 !secret_bytes_equal(key->data, opened.data, KEYBAG_DEVICE_KEY_SIZE))
		request_result_fail(&failure, -EIO, "new device key: the TPM has given back another one");
	if (!failure.error) {
		result = device_key_tpm_write(&sealed);
		if (result < 0)
			request_result_fail_plain(&failure, result, "new device key " TPM_FILE);
	}
	if (failure.error)
		log_warning("%s: the new device key is in a file instead; 'keybagctl device-key move tpm' tries again", failure.text);
	else
		log_notice("made a new device key, sealed in the TPM, " TPM_FILE ": if the TPM is cleared or replaced, recovery codes "
			   "open the keybags that have one, and nothing opens the system keybag without a copy of the key, keybagd(8)");
	return !failure.error;
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
					   KEYBAG_BAG_FOLDER ": restore it, or device.tpm, from a backup; or, if it is lost, "
					   "move the keybags away, restart keybagd and use 'keybagctl recover' "
					   "with the recovery codes", bags, bags > 1 ? "s are" : " is");
	if (getrandom(key->data, KEYBAG_DEVICE_KEY_SIZE, 0) != KEYBAG_DEVICE_KEY_SIZE)
		return request_result_fail_plain(ret_result, -EIO, "random numbers");
	key->length = KEYBAG_DEVICE_KEY_SIZE;
	if (seal_new_key(key))
		return 0;
	result = device_key_file_write(key);
	if (result < 0)
		return request_result_fail_plain(ret_result, result, "new device key " KEY_FILE);
	log_notice("made a new device key, " KEY_FILE ": keep a copy of it in a safe place");
	return 0;
}

static int obtain_file(struct secret *key, struct request_result *ret_result)
{
	CLEANUP_FD int fd = device_key_file_open();

	if (fd >= 0)
		return device_key_read(fd, &device_key_in_file, key, ret_result);
	if (fd == -ENOENT)
		return make_key(key, ret_result);
	return request_result_fail_plain(ret_result, fd, "device key " KEY_FILE);
}

/*
 * On a machine that was made from an image of another, or whose virtual TPM did not last: this TPM never opens device.tpm, and nothing is
 * sealed to what is in it.
 */
static bool is_of_no_use(void)
{
	return store_each(FORM_SUFFIX, NULL, NULL) == 0 && !device_key_file_remains();
}

static int replace_sealed(struct secret *key, struct request_result *ret_result)
{
	char path[128];
	int result = device_key_tpm_set_aside(path, sizeof(path));

	if (result < 0)
		return request_result_fail_plain(ret_result, result, TPM_FILE);
	log_notice(TPM_FILE " is another TPM's, or from before this one was cleared; no keybag is sealed to its key: it is %s now", path);
	return make_key(key, ret_result);
}

/* One that cannot be opened is an error: the file beside it, if any, may have another key, and which one is right is not known. */
static int obtain_stored(struct secret *key, const char **ret_what, struct request_result *ret_result)
{
	struct tpm_sealed sealed;
	int result = device_key_tpm_read(&sealed, ret_result);

	if (result == -ENOENT)
		return obtain_file(key, ret_result);
	*ret_what = "device key " TPM_FILE;
	if (!result)
		result = tpm_open(TPM_FILE, &sealed, key, ret_result);
	if (result != -EXDEV)
		return result;
	if (is_of_no_use())
		return replace_sealed(key, ret_result);
	/* -EXDEV is of keybags. */
	ret_result->error = -EMEDIUMTYPE;
	return ret_result->error;
}

/* Returns a descriptor, -ENOENT where there is none, or another negative errno. */
static int credential_open(void)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	CLEANUP_FD int folder_fd = -1;
	int fd;

	if (!folder || *folder != '/')
		return -ENOENT;
	folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0)
		return -errno;
	fd = openat(folder_fd, KEYBAG_CREDENTIAL, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* A credential that is there goes before the files, also when it is no good: they have another key, if any. */
static int obtain_key(struct secret *key, const char **ret_what, struct request_result *ret_result)
{
	CLEANUP_FD int fd = credential_open();

	*ret_what = device_key_in_file.what;
	if (fd == -ENOENT)
		return obtain_stored(key, ret_what, ret_result);
	*ret_what = device_key_in_credential.what;
	if (fd < 0)
		return request_result_fail_plain(ret_result, fd, *ret_what);
	return device_key_read(fd, &device_key_in_credential, key, ret_result);
}

static int set_key(const struct secret *key, const char *what, struct request_result *ret_result)
{
	struct keybag_device_key command = { .key = (uintptr_t)key->data };
	int result = device_ioctl(KEYBAG_IOC_SET_DEVICE_KEY, &command);

	if (result == -EEXIST)
		return request_result_fail(ret_result, -EMEDIUMTYPE,
				    "the kernel already has another key than the %s: "
				    "'keybagctl evict' takes it out, and all keybags with it", what);
	if (result < 0)
		return request_result_fail_plain(ret_result, result, "device key for the kernel");
	return 0;
}

/* @ret_of_tpm: the failure is the TPM's, not one of a key in the clear or of the kernel. */
static int supply_key(bool *ret_of_tpm, struct request_result *ret_result)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	const char *what;
	int result = secret_new(&key, DEVICE_KEY_READ_SIZE);

	*ret_of_tpm = false;
	if (result < 0)
		return request_result_fail_plain(ret_result, result, "device key");
	result = obtain_key(&key, &what, ret_result);
	*ret_of_tpm = result < 0 && what != device_key_in_file.what && what != device_key_in_credential.what;
	return result < 0 ? result : set_key(&key, what, ret_result);
}

/* Neither the time of access nor padding. */
static bool same_file(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino && one->st_size == other->st_size &&
	       one->st_ctim.tv_sec == other->st_ctim.tv_sec && one->st_ctim.tv_nsec == other->st_ctim.tv_nsec;
}

static void pause_begin(void)
{
	paused_until = stat(TPM_FILE, &refused) == 0 ? deadline_after(PAUSE_NS) : 0;
}

static bool is_paused(void)
{
	struct stat present;

	return paused_until && deadline_left(paused_until) && stat(TPM_FILE, &present) == 0 && same_file(&present, &refused);
}

/* Between device_key_begin() and device_key_end(), the second of which it calls. */
static int supply_and_end(struct request_result *ret_result)
{
	bool of_tpm, returns = false;
	int result;

	if (is_paused()) {
		*ret_result = why_not;
		device_key_end();
		return ret_result->error;
	}
	paused_until = 0;
	result = supply_key(&of_tpm, ret_result);
	/* Other errors say nothing of the key; nor does a TPM that may open it the next time. */
	if (!result || result == -ENODEV || result == -EMEDIUMTYPE) {
		if (result != -ENODEV || !of_tpm)
			atomic_store(&lost, result < 0);
		returns = !result && why_not.error;
		why_not = result < 0 ? *ret_result : (struct request_result){ 0 };
		if (of_tpm)
			pause_begin();
	}
	device_key_end();
	if (returns && on_return)
		on_return();
	return result;
}

int device_key_supply(struct request_result *ret_result)
{
	device_key_begin();
	return supply_and_end(ret_result);
}

int device_key_supply_main(struct request_result *ret_result)
{
	return pthread_mutex_trylock(&one_at_a_time) ? -EBUSY : supply_and_end(ret_result);
}

int device_key_supply_anew(struct request_result *ret_result)
{
	device_key_begin();
	paused_until = 0;
	return supply_and_end(ret_result);
}

void device_key_on_return(void (*returned)(void))
{
	on_return = returned;
}

void device_key_begin(void)
{
	pthread_mutex_lock(&one_at_a_time);
}

void device_key_end(void)
{
	pthread_mutex_unlock(&one_at_a_time);
}

int device_key_compare_kernel(const struct secret *key, const char *what, struct request_result *ret_result)
{
	return device_ioctl_is_open() ? set_key(key, what, ret_result) : 0;
}

void device_key_look(struct device_key_state *ret_state)
{
	CLEANUP_FD int credential = credential_open();
	bool sealed = access(TPM_FILE, F_OK) == 0, file = access(KEY_FILE, F_OK) == 0;

	*ret_state = (struct device_key_state){
		.source = credential != -ENOENT ? KEYBAG_DEVICE_KEY_IN_CREDENTIAL : sealed ? KEYBAG_DEVICE_KEY_IN_TPM :
			  file ? KEYBAG_DEVICE_KEY_IN_FILE : KEYBAG_DEVICE_KEY_NOWHERE,
		.flags = (device_key_file_remains() ? KEYBAG_DEVICE_KEY_HAS_FILE : 0) | (tpm_device_exists() ? KEYBAG_DEVICE_KEY_HAS_TPM : 0),
	};
	/* The TPM may be at work for seconds: the main thread asks, and does not wait. */
	if (pthread_mutex_trylock(&one_at_a_time))
		return;
	ret_state->why_not = why_not;
	device_key_end();
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
