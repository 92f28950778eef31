/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon takes from itself before it serves anybody.
 */
#ifndef KEYCHAIND_PROTECT_H
#define KEYCHAIND_PROTECT_H

/*
 * Started by root without a service manager: makes its folders, raises limits, and becomes the
 * account _keychain with no privilege left. Otherwise nothing. Returns 0 or a negative errno,
 * logged.
 */
int protect_become_account(void);

/* No core dumps, no tracing, all memory locked. */
void protect_memory(void);

/*
 * Landlock: files other than its own cannot be written, most not read. Where the kernel has none:
 * says so.
 */
void protect_files(void);

#endif
