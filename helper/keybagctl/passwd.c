// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "commands.h"
#include "complain.h"
#include "exit_code.h"
#include "session.h"

static int check_present(struct keybag_client *client, const struct arguments *arguments)
{
	CLEANUP_INFO struct keybag_info *info = NULL;
	int result = keybag_client_status(client, arguments_whose(arguments), &info);
	bool passcode;

	if (result < 0)
		return complain_of(client, result);
	passcode = info->status.flags & KEYBAG_STATUS_PASSCODE;
	if (arguments_has(arguments, OPTION_SET) && passcode)
		return complain(EXIT_FAILED, "it has a passcode: change it with 'keybagctl passwd'");
	if (arguments_has(arguments, OPTION_REMOVE) && !passcode)
		return complain(EXIT_NOT_FOUND, "it has no passcode");
	if (!arguments_has(arguments, OPTION_SET | OPTION_REMOVE) && !passcode)
		return complain(EXIT_NOT_FOUND, "it has no passcode: set one with "
				"'keybagctl passwd --set'");
	return 0;
}

static int set(struct keybag_client *client, const struct arguments *arguments,
	       const struct keybag_proof *authority)
{
	CLEANUP_SECRET struct secret passcode = SECRET_NONE;
	struct keybag_attempt attempt;
	struct keybag_proof proof;
	int result = prompt_new_secret("New passcode", &passcode);

	if (result)
		return result;
	warn_of_kdf(&arguments->kdf);
	proof = prompt_proof(KEYBAG_PROTECTOR_PASSCODE, &passcode);
	result = keybag_client_set_passcode(client, arguments_whose(arguments), authority, &proof,
					    &arguments->kdf, &attempt);
	if (result < 0)
		return complain_of(client, result);
	warn_of_attempt(&attempt);
	puts("passcode set");
	return EXIT_DONE;
}

static int take_away(struct keybag_client *client, const struct arguments *arguments,
		     const struct keybag_proof *authority)
{
	struct keybag_attempt attempt;
	int result = keybag_client_remove_passcode(client, arguments_whose(arguments), authority,
						   &attempt);

	if (result < 0)
		return complain_of(client, result);
	warn_of_attempt(&attempt);
	puts("passcode removed: the keybag stays unlocked from now on; what was sealed under akpu is "
	     "lost");
	return EXIT_DONE;
}

int command_passwd(int argc, char **argv)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct arguments arguments;
	struct keybag_proof authority;
	int result;

	result = arguments_read(argc, argv, OPTION_TARGET | OPTION_SET | OPTION_REMOVE |
				OPTION_RECOVERY | OPTION_KDF, 0, &arguments);
	if (result)
		return result;
	if (arguments_has(&arguments, OPTION_SET) && arguments_has(&arguments, OPTION_REMOVE))
		return complain(EXIT_USAGE, "--set or --remove, not both");
	result = session_open(&client);
	if (!result)
		result = check_present(client, &arguments);
	if (!result)
		result = session_ask(client, &arguments, arguments_has(&arguments, OPTION_RECOVERY),
				     "Present passcode", &secret, &authority);
	if (result)
		return result;
	return arguments_has(&arguments, OPTION_REMOVE) ? take_away(client, &arguments, &authority) :
							  set(client, &arguments, &authority);
}
