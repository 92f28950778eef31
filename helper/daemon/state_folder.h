/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_STATE_FOLDER_H
#define DAEMON_STATE_FOLDER_H

/*
 * Opens the folder a daemon keeps its state in, for nobody else to look into, and locks it as long as
 * the descriptor is open: two of the same kind would overwrite each other's files. Refuses one that
 * is another user's or that others may write to (-EPERM), or that is locked already (-EBUSY), unless by a
 * process that has ended, of which only a thread is left that cannot. Returns a descriptor or a negative
 * errno, logged.
 */
int state_folder_open(const char *path);

#endif /* DAEMON_STATE_FOLDER_H */
