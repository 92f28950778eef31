// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "cli/argument.h"
#include "commands.h"
#include "complain.h"
#include "exit_code.h"
#include "json.h"
#include "report.h"
#include "session.h"

static int unlock_step(struct keybag_client *client, const struct arguments *arguments,
		       const struct keybag_proof *proof, struct keybag_attempt *ret_attempt, void *context)
{
	(void)context;
	return keybag_client_unlock(client, arguments_whose(arguments), proof,
				    arguments_has(arguments, OPTION_FIRST_ONLY) ? KEYBAG_UNLOCK_FIRST_ONLY : 0,
				    arguments->reason ? arguments->reason : KEYBAG_REASON_REQUEST, ret_attempt);
}

int command_unlock(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct session_step step = { .prompt = N_("Passcode"), .run = unlock_step };
	struct arguments arguments;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_RECOVERY | OPTION_FIRST_ONLY |
			       OPTION_REASON, 0, &arguments, &client);
	if (result)
		return result;
	step.recovery = arguments_has(&arguments, OPTION_RECOVERY);
	return session_try(client, &arguments, &step);
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

static void timeout_json(const struct keybag_settings *settings)
{
	json_open(NULL, '{');
	json_number("format", REPORT_JSON_FORMAT);
	report_timeout_json(settings);
	json_close('}');
	json_end();
}

static void print_timeout(const struct keybag_settings *settings)
{
	if (!settings->lock_after_idle)
		fputs(_("never locked for inactivity"), stdout);
	else if (settings->idle_own)
		printf(_("locked after %u s without use, as set with 'keybagctl timeout'"), settings->lock_after_idle);
	else
		printf(_("locked after %u s without use"), settings->lock_after_idle);
	if (settings->idle_limit)
		printf(_("; at most %u s by keybagd.conf"), settings->idle_limit);
	putchar('\n');
}

int command_timeout(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct keybag_settings settings;
	struct arguments arguments;
	uint64_t seconds = 0;
	const char *text;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_JSON, 1, &arguments, &client);
	if (result)
		return result;
	text = arguments.count ? arguments.rest[0] : NULL;
	if (text && strcmp(text, "default") && !argument_number(text, 1, KEYBAG_MAX_IDLE, &seconds))
		return complain(EXIT_USAGE, _("timeout: a number of seconds from 1 to %u, or default"), KEYBAG_MAX_IDLE);
	if (text)
		result = keybag_client_set_idle(client, arguments_whose(&arguments), (uint32_t)seconds, &settings);
	else
		result = keybag_client_settings(client, arguments_whose(&arguments), &settings);
	if (result < 0)
		return complain_of(client, result);
	if (arguments_has(&arguments, OPTION_JSON))
		timeout_json(&settings);
	else
		print_timeout(&settings);
	return EXIT_DONE;
}
