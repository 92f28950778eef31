// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pending: items that wait for the keybag to be unlocked, and what became of those that could not be added then.
 */
#include "arguments.h"
#include "complain.h"
#include "execute.h"
#include "listing.h"

static const char usage[] =
	N_("usage: keychainctl pending [--json]\n"
	"       keychainctl pending --reference REFERENCE --replace | --set NAME=VALUE...\n\n"
	"Lists items that were added sealed, while locked, and wait for the keybag to be\n"
	"unlocked, and those that could not be added then: 'collides' says that there is such an\n"
	"item already. What an item is called shows only while unlocked. One that collides is\n"
	"kept until you decide; 'keychainctl delete --reference REFERENCE' drops it.\n\n"
	"      --replace        change the item that it collides with\n"
	"      --set NAME=VALUE add it with another value of an attribute\n"
	"  -j, --json           as JSON\n");

static int list(struct keychain_client *client, struct arguments *arguments)
{
	struct listing listing = { 0 };
	struct value *answer;
	int result = execute(client, request_plain("pending"), &answer);

	if (result)
		return result;
	listing.items = value_get(answer, "result");
	if (!(arguments->given & OPTION_JSON))
		arguments->given |= OPTION_ATTRIBUTES;
	result = listing_print(arguments, &listing);
	value_free(answer);
	return result;
}

static int decide(struct keychain_client *client, const struct arguments *arguments)
{
	struct value *request = request_new("pending-add", value_copy(arguments->query));
	int status;

	if (value_count(arguments->changes) && value_set(request, "update", value_copy(arguments->changes)) < 0) {
		value_free(request);
		request = NULL;
	}
	if (arguments->given & OPTION_REPLACE)
		request_set(&request, "options", "replace", value_boolean(true));
	status = execute_quietly(client, request, NULL);
	return status ? execute_complain(status) : 0;
}

int command_pending(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	bool meant, decided;
	int result = arguments_read(client, argc, argv, OPTION_QUERY | OPTION_SET | OPTION_REPLACE | OPTION_JSON, usage,
				    &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	meant = value_get(arguments.query, "v_PersistentRef");
	decided = arguments.given & OPTION_REPLACE || value_count(arguments.changes);
	if (value_count(arguments.query) != (size_t)meant || meant != decided)
		result = complain_usage(_("one item is meant by --reference, with --replace or --set NAME=VALUE; without them all "
					  "are listed"));
	else
		result = meant ? decide(client, &arguments) : list(client, &arguments);
	arguments_free(&arguments);
	return result;
}
