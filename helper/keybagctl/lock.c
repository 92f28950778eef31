// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands.h"
#include "complain.h"
#include "exit_code.h"
#include "session.h"

int command_unlock(int argc, char **argv)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct keybag_attempt attempt;
	struct arguments arguments;
	struct keybag_proof proof;
	bool recovery;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_RECOVERY | OPTION_FIRST_ONLY |
			       OPTION_REASON, 0, &arguments, &client);
	if (result)
		return result;
	recovery = arguments_has(&arguments, OPTION_RECOVERY);
	result = session_ask(client, &arguments, recovery, "Passcode", &secret, &proof);
	if (result)
		return result;
	result = keybag_client_unlock(client, arguments_whose(&arguments), &proof,
				      arguments_has(&arguments, OPTION_FIRST_ONLY) ?
				      KEYBAG_UNLOCK_FIRST_ONLY : 0,
				      arguments.reason ? arguments.reason : KEYBAG_REASON_REQUEST,
				      &attempt);
	if (result < 0)
		return complain_of(client, result);
	warn_of_attempt(&attempt);
	return EXIT_DONE;
}

int command_lock(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct arguments arguments;
	uint32_t flags = 0;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_FULL | OPTION_ALL |
			       OPTION_REASON, 0, &arguments, &client);
	if (result)
		return result;
	if (arguments_has(&arguments, OPTION_FULL))
		flags |= KEYBAG_LOCK_FULL;
	if (arguments_has(&arguments, OPTION_ALL))
		flags |= KEYBAG_LOCK_ALL;
	result = keybag_client_lock(client, arguments_whose(&arguments), flags,
				    arguments.reason ? arguments.reason : KEYBAG_REASON_REQUEST);
	return result < 0 ? complain_of(client, result) : EXIT_DONE;
}
