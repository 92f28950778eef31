/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef KEYBAG_COMMON_ACCOUNT_FILE_H
#define KEYBAG_COMMON_ACCOUNT_FILE_H

#include <sys/types.h>

/* A test build has others. */
#ifndef ACCOUNT_FILE
#define ACCOUNT_FILE		"/etc/passwd"
/* Where the system is an image, as with ostree: the accounts that came with it. */
#define ACCOUNT_FILE_OF_IMAGE	"/usr/lib/passwd"
#endif

/*
 * The uid of an account of the machine's own, which is not root's: in /etc/passwd, or else in the file of the image. From the files
 * themselves: a name service that does not answer holds nobody up, and none but the machine's administrator says who has that name.
 * Returns 0, -EPERM (there is none), -EMFILE, -ENFILE or -ENOMEM.
 */
int account_file_find(const char *name, uid_t *ret_uid);

#endif /* KEYBAG_COMMON_ACCOUNT_FILE_H */
