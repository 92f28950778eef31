/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program that reads a backup of iOS (helper/ios), run for one backup. It gets the files of the backup as descriptors: it is
 * here that they are opened, below the folder alone and through no symbolic link.
 */
#ifndef KEYCHAIN_CLI_IOS_READER_H
#define KEYCHAIN_CLI_IOS_READER_H

#include <sys/types.h>

#include "helper/common/cleanup.h"
#include "helper/common/handover.h"
#include "helper/common/secret.h"
#include "helper/keychain/base/value.h"

enum ios_file { IOS_FILE_MANIFEST, IOS_FILE_DATABASE, IOS_FILE_KEYCHAIN, IOS_FILES };

struct ios_folder {
	int files[IOS_FILES];
};

#define IOS_FOLDER_NONE ((struct ios_folder){ .files = { -1, -1, -1 } })

/* Opens the files of a backup. Returns 0 or an exit status after a message. */
int ios_folder_open(const char *name, struct ios_folder *ret_folder);
void ios_folder_close(struct ios_folder *folder);

#define CLEANUP_IOS_FOLDER CLEANUP(ios_folder_close)

struct ios_reader {
	pid_t pid;
	int socket;
	struct handover window;
};

#define IOS_READER_NONE ((struct ios_reader){ .pid = -1, .socket = -1, .window = HANDOVER_NONE })

/* Starts the program. Returns 0 or an exit status after a message. */
int ios_reader_start(const struct ios_folder *folder, struct ios_reader *ret_reader);

/*
 * Waits for a record and takes it out. Returns 0; -EPIPE: the program ended before its last record; -EPROTO: it sent none; or
 * another negative errno.
 */
int ios_reader_next(struct ios_reader *reader, struct value **ret_record);

/* Lets the program go on, after each record. @password: in answer to the first one; otherwise NULL. */
void ios_reader_go_on(struct ios_reader *reader, const struct secret *password);

/* Ends the program if it still runs. */
void ios_reader_end(struct ios_reader *reader);

#define CLEANUP_IOS_READER CLEANUP(ios_reader_end)

#endif
