/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files have settings, in the order in which they are read: keybagd.conf of the vendor, of this boot and
 * of the administrator, then the drop-ins keybagd.conf.d/?*.conf of all three folders together by their names.
 */
#ifndef KEYBAGD_CONFIG_FILES_H
#define KEYBAGD_CONFIG_FILES_H

#include <stddef.h>

struct config_files {
	char **paths;
	size_t count;
};

/*
 * Finds them. Of drop-ins of one name the administrator's is the only one, or else that of this boot. Returns 0,
 * or a negative errno, logged, when a folder could not be read: @files has what was found nevertheless.
 */
int config_files_find(struct config_files *files);

void config_files_free(struct config_files *files);

#endif /* KEYBAGD_CONFIG_FILES_H */
