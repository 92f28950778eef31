// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_key_move.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/paths.h"
#include "daemon/log.h"
#include "device_key.h"
#include "device_key_file.h"
#include "libkeybag/device_key.h"

#define IN_FILE	"device key " KEYBAG_DEVICE_KEY_FILE
#define IN_TPM	"device key " KEYBAG_DEVICE_KEY_SEALED

static int refuse_credential(struct request_result *ret_result)
{
	struct device_key_state state;

	device_key_look(&state);
	if (state.source != KEYBAG_DEVICE_KEY_IN_CREDENTIAL)
		return 0;
	return request_result_fail(ret_result, -EBUSY, "the device key is a systemd credential, which goes before TPM and file: to move "
				   "it, have keybagd.service load it no more and put the key itself into " KEYBAG_DEVICE_KEY_FILE
				   ", keybagd(8)");
}

static int refuse_other_key(struct request_result *ret_result)
{
	return request_result_fail(ret_result, -EEXIST, KEYBAG_DEVICE_KEY_SEALED " and " KEYBAG_DEVICE_KEY_FILE " have different device "
				   "keys, and nothing was changed: move the one away that the keybags are not sealed to");
}

/* Returns 0; -ENOENT: there is none, and nothing is in @ret_result; or an error that is in it. */
static int read_file(struct secret *key, struct request_result *ret_result)
{
	CLEANUP_FD int fd = device_key_file_open();

	if (fd == -ENOENT)
		return fd;
	return fd < 0 ? request_result_fail_plain(ret_result, fd, IN_FILE) : device_key_read(fd, &device_key_in_file, key, ret_result);
}

/*
 * Whether device.tpm has the key already. One that the TPM opens is compared by the key, one that it does not by the id in its
 * header. Returns 1: the TPM has it; 0: it is to be sealed; or an error that is in @ret_result.
 */
static int compare_sealed(const struct secret *key, const struct tpm_sealed *fresh, struct request_result *ret_result)
{
	CLEANUP_SECRET struct secret opened = SECRET_NONE;
	static const uint8_t unknown[sizeof(fresh->id)];
	struct request_result failure = { 0 };
	struct tpm_sealed sealed = { 0 };
	int result = device_key_tpm_read(&sealed, ret_result);

	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return result;
	result = secret_new(&opened, KEYBAG_DEVICE_KEY_SIZE);
	if (result < 0)
		return request_result_fail_plain(ret_result, result, IN_TPM);
	if (tpm_open(KEYBAG_DEVICE_KEY_SEALED, &sealed, &opened, &failure) == 0)
		return secret_bytes_equal(opened.data, key->data, KEYBAG_DEVICE_KEY_SIZE) ? 1 : refuse_other_key(ret_result);
	if (!memcmp(sealed.id, fresh->id, sizeof(sealed.id)))
		return 0;
	if (memcmp(sealed.id, unknown, sizeof(unknown)) != 0)
		return refuse_other_key(ret_result);
	/* Damaged: nobody can tell which key it has. */
	*ret_result = failure;
	return failure.error;
}

/* Seals it and has the TPM open it again, before anything is written. */
static int seal_and_open(const struct secret *key, struct tpm_sealed *ret_sealed, struct request_result *ret_result)
{
	CLEANUP_SECRET struct secret opened = SECRET_NONE;
	int result = secret_new(&opened, KEYBAG_DEVICE_KEY_SIZE);

	if (result < 0)
		return request_result_fail_plain(ret_result, result, IN_FILE);
	result = tpm_seal("device key for the TPM", key, ret_sealed, ret_result);
	if (!result)
		result = tpm_open("device key for the TPM", ret_sealed, &opened, ret_result);
	if (!result && !secret_bytes_equal(opened.data, key->data, KEYBAG_DEVICE_KEY_SIZE))
		result = request_result_fail(ret_result, -EIO, "the TPM has given back another key than it was given: the device key "
					     "stays in " KEYBAG_DEVICE_KEY_FILE);
	return result;
}

/* As after a move that was interrupted at its end. The TPM has to open it before what is left of the file goes. */
static int check_sealed(struct request_result *ret_result)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct tpm_sealed sealed;
	int result = device_key_tpm_read(&sealed, ret_result);

	if (result == -ENOENT)
		return request_result_fail(ret_result, -ENODEV, IN_FILE " is missing: restart keybagd, which makes one where there is "
					   "no keybag, or restore it from a backup");
	if (!result && secret_new(&key, KEYBAG_DEVICE_KEY_SIZE) < 0)
		result = request_result_fail_plain(ret_result, -ENOMEM, IN_TPM);
	if (!result)
		result = tpm_open(KEYBAG_DEVICE_KEY_SEALED, &sealed, &key, ret_result);
	return result ? result : device_key_compare_kernel(&key, IN_TPM, ret_result);
}

static int put_into_tpm(struct request_result *ret_result)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct tpm_sealed sealed;
	bool sealed_before;
	int result = secret_new(&key, DEVICE_KEY_READ_SIZE);

	if (result < 0)
		return request_result_fail_plain(ret_result, result, IN_FILE);
	result = read_file(&key, ret_result);
	if (result == -ENOENT)
		return check_sealed(ret_result);
	if (!result)
		result = seal_and_open(&key, &sealed, ret_result);
	if (!result)
		result = compare_sealed(&key, &sealed, ret_result);
	if (result < 0)
		return result;
	sealed_before = result > 0;
	/* Only now: a kernel that has none takes it, and device.tpm may have another one. */
	result = device_key_compare_kernel(&key, IN_FILE, ret_result);
	if (result < 0 || sealed_before)
		return result;
	result = device_key_tpm_write(&sealed);
	if (result < 0)
		return request_result_fail_plain(ret_result, result, IN_TPM);
	log_notice("the device key is sealed in the TPM, " KEYBAG_DEVICE_KEY_SEALED);
	return 0;
}

static int drop_file(struct request_result *ret_result)
{
	CLEANUP_FD int fd = open(KEYBAG_DEVICE_KEY_FILE, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	int result = device_key_file_remove();
	struct stat status;

	if (result < 0)
		return request_result_fail(ret_result, result, IN_FILE ": %s: it is sealed in the TPM, but the file could not be overwritten "
					   "and removed: try again", strerrordesc_np(-result));
	if (fd >= 0 && fstat(fd, &status) == 0 && status.st_nlink)
		log_warning(KEYBAG_DEVICE_KEY_FILE " is removed, but not overwritten: the file has another name, by which the key remains; "
			    "'find / -xdev -inum %llu' shows it", (unsigned long long)status.st_ino);
	else
		log_notice(KEYBAG_DEVICE_KEY_FILE " is overwritten and removed");
	return 0;
}

int device_key_move_to_tpm(struct request_result *ret_result)
{
	int result;

	device_key_begin();
	result = refuse_credential(ret_result);
	if (!result)
		result = put_into_tpm(ret_result);
	if (!result)
		result = drop_file(ret_result);
	device_key_end();
	return result;
}

/* Makes device.key, or finds that it has this key already. */
static int put_into_file(const struct secret *key, struct request_result *ret_result)
{
	CLEANUP_SECRET struct secret present = SECRET_NONE;
	int result = secret_new(&present, DEVICE_KEY_READ_SIZE);

	if (result < 0)
		return request_result_fail_plain(ret_result, result, IN_FILE);
	result = read_file(&present, ret_result);
	if (result == -ENOENT) {
		result = device_key_file_write(key);
		if (result < 0)
			return request_result_fail_plain(ret_result, result, IN_FILE);
		result = read_file(&present, ret_result);
		if (result == -ENOENT)
			return request_result_fail_plain(ret_result, -EIO, IN_FILE);
	}
	if (result < 0)
		return result;
	return secret_bytes_equal(present.data, key->data, KEYBAG_DEVICE_KEY_SIZE) ? 0 : refuse_other_key(ret_result);
}

static int take_out_of_tpm(struct request_result *ret_result)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct tpm_sealed sealed;
	int result = device_key_tpm_read(&sealed, ret_result);

	if (result == -ENOENT && access(KEYBAG_DEVICE_KEY_FILE, F_OK) == 0)
		return 0;
	if (result == -ENOENT)
		return request_result_fail(ret_result, -ENODEV, IN_TPM " is missing: there is nothing to move");
	if (!result && secret_new(&key, KEYBAG_DEVICE_KEY_SIZE) < 0)
		result = request_result_fail_plain(ret_result, -ENOMEM, IN_TPM);
	if (!result)
		result = tpm_open(KEYBAG_DEVICE_KEY_SEALED, &sealed, &key, ret_result);
	if (!result)
		key.length = KEYBAG_DEVICE_KEY_SIZE;
	if (!result)
		result = device_key_compare_kernel(&key, IN_TPM, ret_result);
	if (!result)
		result = put_into_file(&key, ret_result);
	if (result < 0)
		return result;
	result = device_key_tpm_remove();
	if (result < 0)
		return request_result_fail_plain(ret_result, result, IN_TPM);
	log_notice("the device key is in the file " KEYBAG_DEVICE_KEY_FILE " now");
	return 0;
}

int device_key_move_to_file(struct request_result *ret_result)
{
	int result;

	device_key_begin();
	result = refuse_credential(ret_result);
	if (!result)
		result = take_out_of_tpm(ret_result);
	device_key_end();
	return result;
}
