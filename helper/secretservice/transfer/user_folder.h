/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folders of the user as their service manager knows them, which starts whatever looks there: a shell may have other variables.
 */
#ifndef SECRETSERVICE_USER_FOLDER_H
#define SECRETSERVICE_USER_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

/*
 * The folder that @variable names, XDG_STATE_HOME for instance (NULL: none does), or else @below the home folder, in the environment of the manager on
 * @session; in that of this process where there is no manager (NULL: no bus either). False: neither names one, from the root on.
 */
bool user_folder(sd_bus *session, const char *variable, const char *below, char ret_path[PATH_MAX]);

#endif /* SECRETSERVICE_USER_FOLDER_H */
