/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rights that the daemon takes from itself before it serves anybody.
 */
#ifndef KEYCHAIND_RESTRICT_H
#define KEYCHAIND_RESTRICT_H

/*
 * Started by root without a service manager: makes its folders and becomes the account _keychain with
 * no privilege left. Otherwise nothing. Returns 0 or a negative errno, logged.
 */
int become_account(void);

/*
 * Landlock: files other than its own cannot be written, most not read. Where the kernel has none:
 * says so.
 */
void restrict_files(void);

#endif /* KEYCHAIND_RESTRICT_H */
