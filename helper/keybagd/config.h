/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keybagd.conf: lines "key = value", "#" starts a comment. keybagd.conf(5) lists the keys.
 */
#ifndef KEYBAGD_CONFIG_H
#define KEYBAGD_CONFIG_H

#include "libkeybag/keybag.h"
#include <stdbool.h>

#define CONFIG_MAX_IDLE		604800	/* s, a week */

/* What the tenth wrong passcode in a row does, besides the delay. */
enum tenth_failure {
	TENTH_FAILURE_DELAYS,
	TENTH_FAILURE_DISABLES,
	TENTH_FAILURE_ERASES,
};

struct config {
	struct keybag_kdf kdf;		/* kdf-memory-kib, kdf-passes, kdf-lanes: of new passcodes */
	enum tenth_failure tenth_failure;	/* tenth-failure = delay | disable | erase */
	bool create_at_login;		/* create = login | never */
	uint32_t lock_after_idle;	/* seconds; 0: never */
	uint32_t memory_limit_kib;	/* all KDFs together: an eighth of RAM, at most 256 MiB */
};

extern struct config config;

/* Defaults, then the file. A line that is not understood is reported and passed over. */
void config_load(const char *path);

/*
 * Completes @kdf with the defaults. Returns 0, or -EINVAL when it is out of range or over what a user
 * (@privileged: root) may ask for on this machine.
 */
int config_complete_kdf(struct keybag_kdf *kdf, bool privileged);

/* The most memory @privileged or other users may ask for. */
uint32_t config_kdf_limit_kib(bool privileged);

#endif /* KEYBAGD_CONFIG_H */
