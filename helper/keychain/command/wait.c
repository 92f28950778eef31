// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait: until items of a class can be read.
 */
#include <string.h>

#include "arguments.h"
#include "complain.h"

static const char usage[] =
	N_("usage: keychainctl wait [CLASS] [--timeout SECONDS]\n\n"
	"Waits until items of a protection class (default: ak) can be read.\n");

static enum keychain_accessible accessible_of(const char *name)
{
	int i;

	for (i = KEYCHAIN_WHEN_UNLOCKED; i <= KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE; i++)
		if (!strcmp(keychain_accessible_name((enum keychain_accessible)i), name))
			return (enum keychain_accessible)i;
	return 0;
}

int command_wait(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	enum keychain_accessible accessible;
	int result = arguments_read(client, argc, argv, OPTION_WORDS | OPTION_TIMEOUT, usage,
				    &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	accessible = accessible_of(arguments.word_count ? arguments.words[0] : "ak");
	if (arguments.given & OPTION_KEYCHAIN)
		result = complain_usage(_("'wait' takes no --keychain: a class opens in all keychains of "
					"a user at once; leave it out"));
	else if (arguments.given & OPTION_SYSTEM)
		result = complain_usage(_("'wait' takes no --system: the system keychain is open as "
					"long as its keybag is loaded; leave it out"));
	else if (!accessible || arguments.word_count > 1)
		result = complain_usage(
			_("'wait' takes one protection class: ak, ck, dk, aku, cku, dku or "
			"akpu"));
	else
		result = keychain_wait(client, accessible, arguments.given & OPTION_TIMEOUT ?
				       arguments.timeout_ns : UINT64_MAX);
	if (result < 0)
		result = complain(client, result);
	arguments_free(&arguments);
	return result;
}
