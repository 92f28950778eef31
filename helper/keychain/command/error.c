// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * error: what a status means, by its number or its name.
 */
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "helper/cli/program.h"

/* All statuses lie from here to 0. */
#define LOWEST	(-35000)

static const char usage[] =
	N_("usage: keychainctl error [NUMBER | NAME]\n\n"
	"Explains an error of the keychain, as -25308 or errSecInteractionNotAllowed; without one\n"
	"all of them.\n");

static void print(int status)
{
	printf("%s (%d): %s\n", keychain_status_name(status), status, _(keychain_status_text(status)));
}

static bool is_called(int status, const char *word)
{
	char number[16];

	/* People leave the sign out. */
	snprintf(number, sizeof(number), "%d", status);
	return !strcmp(word, keychain_status_name(status)) || !strcmp(word, number) ||
	       (status && !strcmp(word, number + 1));
}

int command_error(struct keychain_client *client, int argc, char **argv)
{
	bool found = argc == 1;

	(void)client;
	/* Not by getopt(3), for which a negative number is an option. */
	if (argc == 2 && program_wants_help(argv[1])) {
		fputs(_(usage), stdout);
		return 0;
	}
	if (argc > 2)
		return complain_usage(_("'error' takes one number or name, or none"));
	for (int status = 0; status >= LOWEST; status--) {
		if (!keychain_status_name(status) || (argc == 2 && !is_called(status, argv[1])))
			continue;
		print(status);
		found = true;
	}
	if (found)
		return 0;
	complain_other(_("'%s' is no error of the keychain; 'keychainctl error' shows all"), argv[1]);
	return EXIT_NOT_FOUND;
}
