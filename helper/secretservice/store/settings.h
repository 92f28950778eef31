/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root's settings, of one file, a line each; blank lines and what begins with # are left out:
 *
 *   plain=allow | refuse	sessions in which secrets travel as they are
 */
#ifndef SECRETSERVICE_SETTINGS_H
#define SECRETSERVICE_SETTINGS_H

#include <stdbool.h>

#ifndef SETTINGS_FILE
#define SETTINGS_FILE	"/etc/keychain/secret-service-settings.conf"
#endif

/*
 * Whether plain sessions are refused. The file is read each time, and the last line counts. Where it is there and cannot be read, or
 * any line has a mistake, they are: whoever wrote it wanted something.
 */
bool settings_refuse_plain(void);

/* Writes to the journal which lines have a mistake. */
void settings_check(void);

#endif /* SECRETSERVICE_SETTINGS_H */
