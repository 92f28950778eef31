// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * list: items without their secrets, those of locked classes only counted.
 */
#include "helper/common/translate.h"
#include "listing.h"

static const char usage[] =
	N_("usage: keychainctl list [ATTRIBUTE...] [--attributes | --json] [--exact] [--strict]\n\n"
	"Lists items without their secrets; of locked classes only how many. Without --class the\n"
	"items of all classes are listed.\n\n"
	"      --attributes     all attributes of each\n"
	"      --exact          only without other attributes of your own (--attribute)\n"
	"  -j, --json           as JSON\n"
	"      --strict         fail where items are locked\n");

int command_list(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct listing listing;
	int result = arguments_read(client, argc, argv, OPTION_QUERY | OPTION_ATTRIBUTES | OPTION_JSON |
				    OPTION_STRICT | OPTION_EXACT, usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	result = listing_read(client, &arguments, &listing);
	if (!result) {
		result = listing_print(&arguments, &listing);
		listing_free(&listing);
	}
	arguments_free(&arguments);
	return result;
}
