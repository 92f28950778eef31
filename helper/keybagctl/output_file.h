/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGCTL_OUTPUT_FILE_H
#define KEYBAGCTL_OUTPUT_FILE_H

#include <stddef.h>

/*
 * A file in the place of another or of none, readable by its owner alone, whole or not at all; a
 * device or pipe is written to. Returns 0 or a negative errno.
 */
int output_file_write(const char *path, const void *bytes, size_t length);

#endif /* KEYBAGCTL_OUTPUT_FILE_H */
