/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of settings that an administrator writes, for programs that read them when they like: nothing in their place holds a
 * program up, and what is odd is told apart from what is not there.
 */
#ifndef KEYBAG_COMMON_SETTINGS_FILE_H
#define KEYBAG_COMMON_SETTINGS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Opens one; a link to the null device is an empty one. Returns 0; -ENOENT: there is nothing of that name; -ENOLINK: a link to
 * what is not there; -EINVAL: no regular file; or another negative errno.
 */
int settings_file_open(const char *path, FILE **ret_file);

/* Whether it is a link, and its target cannot be found: somebody has settings, and they are not there. */
bool settings_file_leads_nowhere(const char *path);

/* The meaning of -ENOLINK, -EINVAL and others, for a line that names the file. */
const char *settings_file_problem(int error);

/*
 * Whether a line of getline(3) is text: NULs, as some file systems leave after a loss of power, and lines that end with a
 * carriage return alone would have C take its first part for all of it.
 */
bool settings_file_is_text(const char *line, size_t length);

/* @line without blanks and ends of lines around it, in place. */
char *settings_file_trim(char *line);

#endif /* KEYBAG_COMMON_SETTINGS_FILE_H */
