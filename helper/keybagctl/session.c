// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include "complain.h"
#include "exit_code.h"

int session_open(struct keybag_client **ret_client)
{
	int result = keybag_client_new(ret_client);

	if (result < 0)
		return complain(exit_code_of(result), "%s", explain_error(result));
	return 0;
}

int session_begin(int argc, char **argv, unsigned int accepted, int most,
		  struct arguments *ret_arguments, struct keybag_client **ret_client)
{
	int result = arguments_read(argc, argv, accepted, most, ret_arguments);

	return result ? result : session_open(ret_client);
}

int session_ask(struct keybag_client *client, const struct arguments *arguments, bool recovery,
		const char *prompt, struct secret *ret_secret, struct keybag_proof *ret_proof)
{
	CLEANUP_INFO struct keybag_info *info = NULL;
	int result = keybag_client_status(client, arguments_whose(arguments), &info);

	if (result < 0)
		return complain_of(client, result);
	/* Of one that is damaged nobody knows; keybagd says what is wrong with it. */
	if (!recovery && !(info->status.flags & KEYBAG_STATUS_PASSCODE)) {
		*ret_proof = (struct keybag_proof){ .kind = KEYBAG_PROTECTOR_NONE };
		return 0;
	}
	result = prompt_secret(recovery ? "Recovery code" : prompt, ret_secret);
	if (result)
		return result;
	*ret_proof = prompt_proof(recovery ? KEYBAG_PROTECTOR_RECOVERY : KEYBAG_PROTECTOR_PASSCODE,
				  ret_secret);
	return 0;
}
