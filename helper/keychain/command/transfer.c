// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * import-secrets and export-secrets: between the keychain and another Secret Service. The program that does it belongs to the
 * Secret Service of the keychain, and is there where that is installed.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "complain.h"
#include "helper/cli/options.h"

#ifndef TRANSFER_PROGRAM
#define TRANSFER_PROGRAM	"/usr/libexec/keybag-secret-service-transfer"
#endif

static const char import_usage[] =
	N_("usage: keychainctl import-secrets [--dry-run] [--partial]\n"
	   "Bring what desktop programs keep in gnome-keyring, or in the Secret Service that\n"
	   "runs, over to the keychain. Once all of it is there, programs use the keychain\n"
	   "instead. Nothing is deleted over there; run again, it brings what is new.\n"
	   "\n"
	   "      --dry-run        say what would be copied, and copy nothing\n"
	   "      --partial        have programs use the keychain even where something could\n"
	   "                       not be brought over, or stayed locked\n"
	   "\n"
	   "Passwords of keyrings are asked for on a terminal; otherwise each is a line of\n"
	   "standard input.\n");
static const char export_usage[] =
	N_("usage: keychainctl export-secrets [--dry-run]\n"
	   "Copy what desktop programs keep in the keychain to gnome-keyring, or to the Secret\n"
	   "Service that runs, before you remove keybag-secret-service. Nothing is deleted\n"
	   "here; run again, it copies what is new.\n"
	   "\n"
	   "      --dry-run        say what would be copied, and copy nothing\n"
	   "\n"
	   "Passwords of keyrings are asked for on a terminal; otherwise each is a line of\n"
	   "standard input.\n");

static int run_program(char *const command[])
{
	fflush(stdout);
	execv(TRANSFER_PROGRAM, command);
	if (errno != ENOENT)
		return complain_other("%s: %s", TRANSFER_PROGRAM, translate_errno(errno));
	complain_other(_("the Secret Service of the keychain is not installed: install the package keybag-secret-service"));
	return EXIT_NOT_THERE;
}

/* The words of the command line in the order and the form that the program takes. */
static int transfer(const char *verb, const char *usage, const struct option *table, int argc, char **argv)
{
	struct options options = OPTIONS_BEGIN(argc, argv, table, "h");
	char *command[5] = { "keychainctl", (char *)verb };
	bool dry_run = false, partial = false;
	size_t count = 2;
	int option;

	while ((option = options_next(&options)) != OPTIONS_END) {
		switch (option) {
		case 'n':
			dry_run = true;
			break;
		case 'p':
			partial = true;
			break;
		case 'h':
			fputs(_(usage), stdout);
			return 0;
		default:
			return options_complain(&options, option, argv[0]);
		}
	}
	if (options.words)
		return complain_usage(_("'%s' takes no words: see 'keychainctl --help'"), argv[0]);
	if (dry_run)
		command[count++] = "--dry-run";
	if (partial)
		command[count++] = "--partial";
	return run_program(command);
}

int command_import_secrets(struct keychain_client *client, int argc, char **argv)
{
	static const struct option table[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "partial", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};

	(void)client;
	return transfer("import", import_usage, table, argc, argv);
}

int command_export_secrets(struct keychain_client *client, int argc, char **argv)
{
	static const struct option table[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};

	(void)client;
	return transfer("export", export_usage, table, argc, argv);
}
