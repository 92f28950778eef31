// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"
#include "common/cleanup.h"
#include "complain.h"
#include "exit_code.h"
#include "session.h"

int command_load(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	uint8_t uuid[KEYBAG_UUID_SIZE];
	struct arguments arguments;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_RENAMED | OPTION_JSON, 0, &arguments, &client);
	if (result)
		return result;
	result = keybag_client_load(client, arguments_whose(&arguments),
				    arguments_has(&arguments, OPTION_RENAMED) ? KEYBAG_LOAD_RENAMED : 0,
				    uuid);
	if (result < 0)
		return complain_of(client, result);
	session_print_uuid(&arguments, _("loaded keybag %s"), uuid);
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

/* Number and layout of the command are the same in every version of the module. */
static int evict_without_daemon(void)
{
	struct keybag_evict command = {
		.reason = KEYBAG_REASON_EVICT,
		.requester = { .uid = geteuid(), .pid = (uint32_t)getpid() },
	};
	CLEANUP_FD int fd = keybag_open();

	if (fd < 0)
		return fd;
	return ioctl(fd, KEYBAG_IOC_EVICT, &command) < 0 ? -errno : 0;
}

static bool is_out_of_reach(int error)
{
	return error == -ECONNREFUSED || error == -ECONNRESET || error == -ETIMEDOUT || error == -EPROTO;
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
	/* Keys must not stay because the daemon does not run, hangs, or is of another release. */
	if (is_out_of_reach(result) && !geteuid() && evict_without_daemon() == 0)
		return EXIT_DONE;
	return result < 0 ? complain_of(client, result) : EXIT_DONE;
}

static int destroy_step(struct keybag_client *client, const struct arguments *arguments,
			const struct keybag_proof *proof, struct keybag_attempt *ret_attempt, void *context)
{
	(void)context;
	return keybag_client_destroy(client, arguments_whose(arguments), proof, ret_attempt);
}

int command_destroy(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct session_step step = { .prompt = N_("Passcode"), .run = destroy_step };
	struct arguments arguments;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_YES | OPTION_RECOVERY, 0,
			       &arguments, &client);
	if (!result)
		result = session_confirm_loss(client, &arguments, LOSS_ALL);
	if (result)
		return result;
	step.recovery = arguments_has(&arguments, OPTION_RECOVERY);
	if (geteuid()) {
		result = session_try(client, &arguments, &step);
	} else {
		result = keybag_client_destroy(client, arguments_whose(&arguments), NULL, NULL);
		if (result < 0)
			return complain_of(client, result);
	}
	if (!result)
		puts(_("keybag destroyed"));
	return result;
}
