/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a service of a user's manager may open once it has started.
 */
#ifndef USERSERVICE_FILES_H
#define USERSERVICE_FILES_H

/*
 * Restricts this process, for good, to reading below /usr, /etc, /proc and /run/systemd, and to devices. What is open already
 * stays, and sockets are not among it. Where the kernel has no Landlock the journal says so.
 */
void files_restrict(void);

#endif /* USERSERVICE_FILES_H */
