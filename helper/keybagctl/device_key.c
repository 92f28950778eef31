// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device key: where it is, and moving it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/sent_text.h"
#include "commands.h"
#include "complain.h"
#include "device_key.h"
#include "exit_code.h"
#include "json.h"
#include "report.h"
#include "session.h"

const char *device_key_place(const struct keybag_device_key_info *info)
{
	switch (info->place) {
	case KEYBAG_DEVICE_KEY_IN_CREDENTIAL:
		return "credential";
	case KEYBAG_DEVICE_KEY_IN_TPM:
		return "tpm";
	case KEYBAG_DEVICE_KEY_IN_FILE:
		return "file";
	default:
		return NULL;
	}
}

const char *device_key_meaning(const struct keybag_device_key_info *info)
{
	switch (info->place) {
	case KEYBAG_DEVICE_KEY_IN_CREDENTIAL:
		return _("the device key is from a systemd credential");
	case KEYBAG_DEVICE_KEY_IN_TPM:
		return _("the device key is sealed in the TPM: the disk alone opens nothing; anyone who has the whole machine starts it "
			 "from a stick and gets the classes dk, dku and D, and can try passcodes; if the TPM is cleared or replaced, only a copy "
			 "of the key opens the system keybag, and that or recovery codes the others");
	case KEYBAG_DEVICE_KEY_IN_FILE:
		return _("the device key is in a file: anyone who has the disk gets the classes dk, dku and D, and can try passcodes, at "
			 "the cost of one Argon2id computation each");
	default:
		return _("there is no device key");
	}
}

static void print_info(const struct arguments *arguments, const struct keybag_device_key_info *info)
{
	if (!arguments_has(arguments, OPTION_JSON)) {
		puts(device_key_meaning(info));
		if (info->error)
			puts(sent_text(info->message));
		return;
	}
	json_open(NULL, '{');
	json_number("format", REPORT_JSON_FORMAT);
	if (device_key_place(info))
		json_text("device_key_source", device_key_place(info));
	else
		json_null("device_key_source");
	json_boolean("file", info->flags & KEYBAG_DEVICE_KEY_HAS_FILE);
	json_boolean("tpm", info->flags & KEYBAG_DEVICE_KEY_HAS_TPM);
	if (info->error)
		json_text("message", info->message);
	else
		json_null("message");
	json_close('}');
	json_end();
}

/* Only the file can be copied: it is said before it is gone. */
static int confirm_move(const struct arguments *arguments, uint32_t flags)
{
	if (flags != KEYBAG_DEVICE_KEY_TO_TPM || arguments_has(arguments, OPTION_YES))
		return 0;
	return prompt_confirm(_("/etc/keybag/device.key will be overwritten and removed. If the TPM is cleared or replaced, only a copy of "
				"that file, kept away from this machine, or the recovery codes open the keybags; the system keybag has none. Other "
				"copies of the file, in backups, snapshots and on flash memory, open them as before."));
}

static int read_move(const struct arguments *arguments, uint32_t *ret_flags)
{
	const char *to = arguments->count > 1 ? arguments->rest[1] : "";

	*ret_flags = !strcmp(to, "tpm") ? KEYBAG_DEVICE_KEY_TO_TPM : !strcmp(to, "file") ? KEYBAG_DEVICE_KEY_TO_FILE : 0;
	if (!arguments->count && !arguments_has(arguments, OPTION_YES))
		return 0;
	if (!*ret_flags || strcmp(arguments->rest[0], "move"))
		return complain(EXIT_USAGE, _("device-key: nothing, 'move tpm' or 'move file'"));
	return 0;
}

int command_device_key(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct keybag_device_key_info info;
	struct arguments arguments;
	uint32_t flags;
	int result;

	result = session_begin(argc, argv, OPTION_JSON | OPTION_YES, 2, &arguments, &client);
	if (!result)
		result = read_move(&arguments, &flags);
	if (!result && flags)
		result = confirm_move(&arguments, flags);
	if (result)
		return result;
	result = flags ? keybag_client_device_key_move(client, flags, &info) : keybag_client_device_key(client, &info);
	if (result < 0)
		return complain_of(client, result);
	print_info(&arguments, &info);
	return info.error ? exit_code_of(info.error) : EXIT_DONE;
}
