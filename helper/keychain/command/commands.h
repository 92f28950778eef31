/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of keychainctl(1).
 */
#ifndef KEYCHAIN_CLI_COMMANDS_H
#define KEYCHAIN_CLI_COMMANDS_H

#include "helper/keychain/include/keychain.h"

/* Exit statuses, besides 0. */
enum {
	EXIT_OTHER = 1, /* any other error */
	EXIT_USAGE =
		2, /* the command line is wrong, or the query malformed (-50, -25303, -25306) */
	EXIT_NOT_FOUND = 3,  /* -25300 */
	EXIT_LOCKED = 4,     /* -25308 */
	EXIT_DUPLICATE = 5,  /* -25299 */
	EXIT_NO_ACCESS = 6,  /* -34018 */
	EXIT_NO_SERVICE = 7, /* -25291: no service, no keybag, no key of that class */
	EXIT_PARTIAL = 8,    /* done, but what is locked was left out */
};

struct command {
	const char *name;
	const char *summary;
	/* @argv[0] is "keychainctl" and the command's name. Returns an exit status. */
	int (*run)(struct keychain_client *client, int argc, char **argv);
};

int command_add(struct keychain_client *client, int argc, char **argv);
int command_find(struct keychain_client *client, int argc, char **argv);
int command_list(struct keychain_client *client, int argc, char **argv);
int command_update(struct keychain_client *client, int argc, char **argv);
int command_delete(struct keychain_client *client, int argc, char **argv);
int command_class(struct keychain_client *client, int argc, char **argv);
int command_move(struct keychain_client *client, int argc, char **argv);
int command_purge(struct keychain_client *client, int argc, char **argv);
int command_access(struct keychain_client *client, int argc, char **argv);
int command_keychains(struct keychain_client *client, int argc, char **argv);
int command_watch(struct keychain_client *client, int argc, char **argv);
int command_wait(struct keychain_client *client, int argc, char **argv);
int command_call(struct keychain_client *client, int argc, char **argv);
int command_import(struct keychain_client *client, int argc, char **argv);
int command_export(struct keychain_client *client, int argc, char **argv);
int command_generate(struct keychain_client *client, int argc, char **argv);
int command_edit(struct keychain_client *client, int argc, char **argv);
int command_error(struct keychain_client *client, int argc, char **argv);

#endif
