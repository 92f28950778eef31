/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of the device key: device.key, a credential of systemd, and device.tpm, where it is sealed in a TPM.
 */
#ifndef KEYBAGD_DEVICE_KEY_FILE_H
#define KEYBAGD_DEVICE_KEY_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/secret.h"
#include "keybagd/log/request_result.h"
#include "keybagd/tpm/tpm.h"

/* Direct reads take whole blocks: the capacity of a secret that a key is read into. */
#define DEVICE_KEY_READ_SIZE	4096

/* Where a key may be in the clear. */
struct device_key_source {
	const char *what;		/* how it is called, with its name */
	const char *access_remedy;
	const char *size_remedy;
	mode_t closed;			/* what nobody but its owner may have */
};

extern const struct device_key_source device_key_in_file;
extern const struct device_key_source device_key_in_credential;

/* Reads one that is for root alone, and right long. Returns 0 or an error that is in @ret_result. */
int device_key_read(int fd, const struct device_key_source *source, struct secret *key, struct request_result *ret_result);

/* Returns a descriptor of device.key or a negative errno. */
int device_key_file_open(void);

/* Makes device.key, durably, never in the place of one that is there (-EEXIST). Returns 0 or a negative errno. */
int device_key_file_write(const struct secret *key);

/* Overwrites and removes it, and what an interrupted call has left of it. Returns 0, also where there is none, or a negative errno. */
int device_key_file_remove(void);

/* Whether there is something for device_key_file_remove(). */
bool device_key_file_remains(void);

/* Reads device.tpm, whatever is in it. Returns 0; -ENOENT: there is none, and @ret_result is as it was; or an error that is in it. */
int device_key_tpm_read(struct tpm_sealed *ret_sealed, struct request_result *ret_result);

/* Makes or replaces it, durably and at once. Returns 0 or a negative errno. */
int device_key_tpm_write(const struct tpm_sealed *sealed);

int device_key_tpm_remove(void);

/* Makes it device.tpm.old, or the first of device.tpm.old.1, … that is not there; @ret_path: its path then. Returns 0 or a negative errno. */
int device_key_tpm_set_aside(char *ret_path, size_t size);

#endif /* KEYBAGD_DEVICE_KEY_FILE_H */
