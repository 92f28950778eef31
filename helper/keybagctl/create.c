// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "arguments.h"
#include "commands.h"
#include "complain.h"
#include "exit_code.h"
#include "prompt.h"
#include "session.h"

#define WEAK_MEMORY_KIB 19456

void warn_of_kdf(const struct keybag_kdf *kdf)
{
	if (kdf->memory_kib && kdf->memory_kib < WEAK_MEMORY_KIB)
		warn("warning: a passcode checked with %u KiB is cheap to guess for who has the disk: "
		     "%u KiB is the least that is advised", kdf->memory_kib, WEAK_MEMORY_KIB);
}

int command_create(int argc, char **argv)
{
	CLEANUP_SECRET struct secret passcode = SECRET_NONE;
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	char text[KEYBAG_UUID_TEXT_SIZE];
	uint8_t uuid[KEYBAG_UUID_SIZE];
	struct arguments arguments;
	struct keybag_proof proof;
	bool system;
	int result;

	result = arguments_read(argc, argv, OPTION_TARGET | OPTION_NO_PASSCODE | OPTION_KDF, 0,
				&arguments);
	if (result)
		return result;
	if (arguments.whose.by == KEYBAG_WHOSE_UUID)
		return complain(EXIT_USAGE, "a new keybag gets its UUID by itself");
	result = session_open(&client);
	if (result)
		return result;
	system = arguments.whose.by == KEYBAG_WHOSE_SYSTEM;
	if (!system && !arguments_has(&arguments, OPTION_NO_PASSCODE)) {
		result = prompt_new_secret("New passcode", &passcode);
		if (result)
			return result;
		warn_of_kdf(&arguments.kdf);
	}
	proof = prompt_proof(KEYBAG_PROTECTOR_PASSCODE, &passcode);
	result = keybag_client_create(client, arguments_whose(&arguments), &proof, &arguments.kdf, 0,
				      uuid);
	if (result < 0)
		return complain_of(client, result);
	keybag_uuid_format(uuid, text);
	printf("made keybag %s\n", text);
	if (system)
		return EXIT_DONE;
	if (!passcode.data)
		puts("It has no passcode and stays unlocked: 'keybagctl passwd --set' sets one.");
	puts("Next, make a recovery code: 'keybagctl recovery add'. Without one, a lost device key or\n"
	     "a forgotten passcode loses everything; 'keybagctl recovery refuse' if you want none.");
	return EXIT_DONE;
}
