// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "complain.h"
#include "exit_code.h"
#include "session.h"

int command_load(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	uint8_t uuid[KEYBAG_UUID_SIZE];
	char text[KEYBAG_UUID_TEXT_SIZE];
	struct arguments arguments;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_RENAMED, 0, &arguments, &client);
	if (result)
		return result;
	result = keybag_client_load(client, arguments_whose(&arguments),
				    arguments_has(&arguments, OPTION_RENAMED) ? KEYBAG_LOAD_RENAMED : 0,
				    uuid);
	if (result < 0)
		return complain_of(client, result);
	keybag_uuid_format(uuid, text);
	printf("loaded keybag %s\n", text);
	return EXIT_DONE;
}

int command_unload(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct arguments arguments;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET, 0, &arguments, &client);
	if (result)
		return result;
	result = keybag_client_unload(client, arguments_whose(&arguments));
	return result < 0 ? complain_of(client, result) : EXIT_DONE;
}

int command_evict(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct arguments arguments;
	int result;

	result = session_begin(argc, argv, 0, 0, &arguments, &client);
	if (result)
		return result;
	result = keybag_client_evict(client);
	return result < 0 ? complain_of(client, result) : EXIT_DONE;
}

int command_destroy(int argc, char **argv)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct keybag_proof proof = { .kind = KEYBAG_PROTECTOR_NONE };
	struct keybag_attempt attempt;
	struct arguments arguments;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_YES | OPTION_RECOVERY, 0,
			       &arguments, &client);
	if (!result && !arguments_has(&arguments, OPTION_YES))
		result = prompt_confirm("Everything sealed under this keybag will be lost for ever.");
	if (!result && geteuid())
		result = session_ask(client, &arguments, arguments_has(&arguments, OPTION_RECOVERY),
				     "Passcode", &secret, &proof);
	if (result)
		return result;
	result = keybag_client_destroy(client, arguments_whose(&arguments), &proof, &attempt);
	if (result < 0)
		return complain_of(client, result);
	puts("keybag destroyed");
	return EXIT_DONE;
}
