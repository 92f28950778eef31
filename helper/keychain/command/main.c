// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keychainctl: items of the keychain on the command line.
 */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "complain.h"
#include "helper/cli/nearest.h"
#include "helper/cli/program.h"
#include "helper/common/ending.h"
#include "helper/common/heap.h"
#include "helper/common/version.h"

static const struct command commands[] = {
	{ "add", N_("store an item; its secret comes from standard input"), command_add },
	{ "find", N_("look for items; print the secret of one, or its attributes"), command_find },
	{ "list", N_("list items without their secrets"), command_list },
	{ "generate", N_("make a random secret, and store it or print it"), command_generate },
	{ "update", N_("change the secret or attributes of items"), command_update },
	{ "edit", N_("change the attributes of an item in an editor"), command_edit },
	{ "delete", N_("delete items: one, some or all that match"), command_delete },
	{ "class", N_("change the protection class of items"), command_class },
	{ "classes", N_("list root's rules for the classes of programs' items"), command_classes },
	{ "move", N_("move items to another access group, or prefix"), command_move },
	{ "pending", N_("list items that wait for the unlock, and decide about them"), command_pending },
	{ "purge", N_("delete all items of an application"), command_purge },
	{ "access", N_("show who may see what, and why"), command_access },
	{ "keychains", N_("list, create and delete keychains"), command_keychains },
	{ "wait", N_("wait until a protection class is available"), command_wait },
	{ "watch", N_("print what changes, until it is ended"), command_watch },
	{ "call", N_("one request in JSON from standard input"), command_call },
	{ "import", N_("certificates and keys from PEM, DER, PKCS#8 or PKCS#12"), command_import },
	{ "export", N_("certificates, keys and secrets to a file, encrypted"), command_export },
	{ "backup", N_("all items of a keychain to a file, under a password"), command_backup },
	{ "restore", N_("items of such a file into a keychain"), command_restore },
	{ "import-secrets", N_("bring secrets of gnome-keyring over, for desktop programs"), command_import_secrets },
	{ "export-secrets", N_("take secrets of desktop programs back to gnome-keyring"), command_export_secrets },
	{ "system", N_("grant credentials to system units, list and delete them"), command_system },
	{ "error", N_("explain a number or a name of an error"), command_error },
};

static int help(void)
{
	size_t i;

	puts(_("usage: keychainctl COMMAND [OPTION...]\n"));
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %-14s %s\n", commands[i].name, _(commands[i].summary));
	puts(_("\n'keychainctl COMMAND --help' explains the options; see keychainctl(1).\n"
	     "\n"
	     "Exit status:\n"
	     "   0  done\n"
	     "   1  failed\n"
	     "   2  wrong use, or a malformed query\n"
	     "   3  locked: the protection class is not available in this lock state\n"
	     "   4  wrong passphrase\n"
	     "   6  a file to import is damaged\n"
	     "   8  no permission: not granted to this program\n"
	     "   9  no such item, keychain, keybag, key of that class, user or file\n"
	     "  10  keychaind or the keychain is not available\n"
	     "  12  there is such an item already\n"
	     "  13  done, but items that are locked or damaged were left out"));
	return EXIT_DONE;
}

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int refuse_command(const char *word)
{
	struct nearest nearest = NEAREST_TO(word);

	if (*word == '-')
		return complain_usage(_("'%s' stands before the command: options stand behind it, see 'keychainctl --help'"), word);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		nearest_try(&nearest, commands[i].name);
	if (nearest.name)
		return complain_usage(_("there is no command '%s'; did you mean '%s'? See 'keychainctl --help'"), word, nearest.name);
	return complain_usage(_("there is no command '%s': see 'keychainctl --help'"), word);
}

static int run(int argc, char **argv)
{
	const struct command *command;
	struct keychain_client *client;
	char name[64];
	int result;

	if (argc < 2)
		return complain_usage(_("which command? See 'keychainctl --help'"));
	argc = program_turn_help(argc, argv);
	if (program_wants_help(argv[1]))
		return help();
	if (!strcmp(argv[1], "--version")) {
		puts("keychainctl " KEYBAG_VERSION);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "--complete")) {
		arguments_complete(argv[2]);
		return 0;
	}
	command = find(argv[1]);
	if (!command)
		return refuse_command(argv[1]);
	if (keychain_client_new(&client))
		return complain_other(_("out of memory"));
	/* As complaints about options name it. */
	snprintf(name, sizeof(name), "keychainctl %s", command->name);
	argv[1] = name;
	result = command->run(client, argc - 1, argv + 1);
	keychain_client_free(client);
	return result;
}

int main(int argc, char **argv)
{
	static const struct program program = { "keychainctl", EXIT_OTHER, run };

	heap_lock();
	ending_add(keychain_memory_wipe);
	return program_main(&program, argc, argv);
}
