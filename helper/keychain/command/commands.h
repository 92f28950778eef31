/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of keychainctl(1).
 */
#ifndef KEYCHAIN_CLI_COMMANDS_H
#define KEYCHAIN_CLI_COMMANDS_H

#include <stdio.h>

#include "helper/cli/exit_status.h"
#include "helper/keychain/include/keychain.h"

#define EXIT_OTHER	EXIT_FAILED

struct command {
	const char *name;
	const char *summary;
	/* @argv[0] is "keychainctl" and the command's name. Returns an exit status. */
	int (*run)(struct keychain_client *client, int argc, char **argv);
};

/* Writes the names of the sets of characters that generate takes, one a line. */
void generate_sets_print(FILE *file);

int command_add(struct keychain_client *client, int argc, char **argv);
int command_find(struct keychain_client *client, int argc, char **argv);
int command_list(struct keychain_client *client, int argc, char **argv);
int command_update(struct keychain_client *client, int argc, char **argv);
int command_delete(struct keychain_client *client, int argc, char **argv);
int command_class(struct keychain_client *client, int argc, char **argv);
int command_classes(struct keychain_client *client, int argc, char **argv);
int command_move(struct keychain_client *client, int argc, char **argv);
int command_pending(struct keychain_client *client, int argc, char **argv);
int command_purge(struct keychain_client *client, int argc, char **argv);
int command_access(struct keychain_client *client, int argc, char **argv);
int command_keychains(struct keychain_client *client, int argc, char **argv);
int command_watch(struct keychain_client *client, int argc, char **argv);
int command_wait(struct keychain_client *client, int argc, char **argv);
int command_call(struct keychain_client *client, int argc, char **argv);
int command_import(struct keychain_client *client, int argc, char **argv);
int command_export(struct keychain_client *client, int argc, char **argv);
int command_backup(struct keychain_client *client, int argc, char **argv);
int command_restore(struct keychain_client *client, int argc, char **argv);
int command_import_secrets(struct keychain_client *client, int argc, char **argv);
int command_export_secrets(struct keychain_client *client, int argc, char **argv);
int command_generate(struct keychain_client *client, int argc, char **argv);
int command_edit(struct keychain_client *client, int argc, char **argv);
int command_system(struct keychain_client *client, int argc, char **argv);
int command_error(struct keychain_client *client, int argc, char **argv);

#endif
