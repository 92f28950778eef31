/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keybagd.conf and its drop-ins: lines "key = value", "#" starts a comment, the last value of a key holds.
 * keybagd.conf(5) lists the keys. Below, @path is one file, or NULL for all of config_files.h.
 */
#ifndef KEYBAGD_CONFIG_H
#define KEYBAGD_CONFIG_H

#include "libkeybag/keybag.h"
#include <stdbool.h>

#include "keybagd/organisation/organisation.h"

#define CONFIG_MAX_IDLE		KEYBAG_MAX_IDLE
#define CONFIG_PROBLEM		400

/* Effect of the tenth wrong passcode in a row, besides the delay. */
enum tenth_failure {
	TENTH_FAILURE_DELAYS,
	TENTH_FAILURE_DISABLES,
	TENTH_FAILURE_ERASES,
};

struct config {
	struct keybag_kdf kdf;		/* kdf-memory-kib, kdf-passes, kdf-lanes: of new passcodes */
	enum tenth_failure tenth_failure;	/* tenth-failure = delay | disable | erase */
	bool create_at_login;		/* create = login | any-login | never */
	bool create_of_any;		/* any-login: of a password that is not in /etc/shadow, too */
	uint32_t lock_after_idle;	/* seconds; 0: never */
	struct organisation *organisation;	/* organisation-certificate; NULL: none. Main thread only */
	char organisation_problem[CONFIG_PROBLEM];	/* why there is none, though the file names one; "": none is named */
	uint32_t memory_limit_kib;	/* all KDFs together: an eighth of RAM, at most 256 MiB */
};

extern struct config config;

/*
 * Defaults, then what is in @path. A line that is not understood is reported and passed over. Main thread,
 * before there are others.
 */
void config_load(const char *path);

/*
 * The same on a daemon that runs: where a line is not understood, or a file cannot be read, nothing changes.
 * Returns 0 or a negative errno, logged. Workers go on: what they read is a word each,
 * and a request under way may see old settings or new ones.
 */
int config_reload(const char *path);

/*
 * Says on standard error what is wrong in @path, which has to be there, with file, line and what would be
 * right. Returns 0, or a negative errno if there is anything: keys that are not known count too,
 * for they may be mistyped. Changes no setting.
 */
int config_check(const char *path);

/*
 * Completes @kdf with the defaults. Returns 0, or -EINVAL when it is out of range or over what a user
 * (@privileged: root) may ask for on this machine.
 */
int config_complete_kdf(struct keybag_kdf *kdf, bool privileged);

/* The most memory @privileged or other users may ask for. */
uint32_t config_kdf_limit_kib(bool privileged);

/* KiB times passes: what computing it takes. */
uint64_t config_kdf_cost(const struct keybag_kdf *kdf);

/* Cost that users may ask for: KDF_MAX_COST_OF_USER, or the administrator's default, if that is more. */
uint64_t config_kdf_cost_limit(void);

#endif /* KEYBAGD_CONFIG_H */
