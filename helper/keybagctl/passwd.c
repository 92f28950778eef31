// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "commands.h"
#include "complain.h"
#include "exit_code.h"
#include "organisation.h"
#include "libkeybag/passcode_tpm.h"
#include "session.h"

/* Looks at what the command needs and what it takes with it, before anybody is asked for a secret. */
static int check_present(struct keybag_client *client, const struct arguments *arguments, unsigned int *ret_losses)
{
	CLEANUP_INFO struct keybag_info *info = NULL;
	int result = keybag_client_status(client, arguments_whose(arguments), &info);
	bool passcode, replaced = false, remove = arguments_has(arguments, OPTION_REMOVE);

	if (result < 0)
		return complain_of(client, result);
	passcode = info->status.flags & KEYBAG_STATUS_PASSCODE;
	if (arguments_has(arguments, OPTION_SET) && passcode)
		return complain(EXIT_FAILED, _("it has a passcode: change it with 'keybagctl passwd'"));
	if (remove && !passcode)
		return complain(EXIT_NOT_FOUND, _("it has no passcode"));
	if (!arguments_has(arguments, OPTION_SET | OPTION_REMOVE) && !passcode)
		return complain(EXIT_NOT_FOUND, _("it has no passcode: set one with "
				"'keybagctl passwd --set'"));
	/* A recovery code does not have the key of akpu; a keybag without passcode gets a new key of its own. */
	*ret_losses = remove || arguments_has(arguments, OPTION_RECOVERY) ? LOSS_AKPU : 0;
	if (!remove)
		organisation_tell(client, arguments, !passcode, &replaced);
	/* It is revoked, by a new key of the keybag's own. */
	if ((!passcode || replaced) && info->status.flags & KEYBAG_STATUS_RECOVERY)
		*ret_losses |= LOSS_RECOVERY;
	/* Nobody is asked for what would not be tried. */
	return passcode ? session_check_tries(info, arguments_has(arguments, OPTION_RECOVERY)) : 0;
}

/* Unless something else is said, the TPM checks it where it can, and where losing the TPM loses nothing. */
static uint32_t flags_of(const struct arguments *arguments)
{
	uint32_t flags = arguments_has(arguments, OPTION_NO_RECOVERY) ? KEYBAG_PASSCODE_NO_RECOVERY : 0;

	if (arguments_has(arguments, OPTION_NO_TPM))
		return KEYBAG_PASSCODE_NO_TPM;
	/* Whoever says that no recovery code is wanted says what for. */
	if (arguments_has(arguments, OPTION_TPM | OPTION_NO_RECOVERY))
		return flags | KEYBAG_PASSCODE_TPM;
	return KEYBAG_PASSCODE_TPM_IF_THERE;
}

/* Asked for once, however often the present passcode is. */
static int set_step(struct keybag_client *client, const struct arguments *arguments,
		    const struct keybag_proof *authority, struct keybag_attempt *ret_attempt, void *context)
{
	struct secret *passcode = context;
	struct keybag_proof proof;
	int result;

	if (!passcode->data) {
		result = prompt_new_passcode(session_user_name(arguments), false, passcode);
		if (result)
			return result;
		warn_of_kdf(&arguments->kdf);
	}
	proof = prompt_proof(KEYBAG_PROTECTOR_PASSCODE, passcode);
	return keybag_client_set_passcode_by(client, arguments_whose(arguments), authority, &proof,
					     &arguments->kdf, flags_of(arguments), ret_attempt);
}

static int remove_step(struct keybag_client *client, const struct arguments *arguments,
		       const struct keybag_proof *authority, struct keybag_attempt *ret_attempt, void *context)
{
	(void)context;
	return keybag_client_remove_passcode(client, arguments_whose(arguments), authority, ret_attempt);
}

/* Whether the TPM checks it now. */
static void tell_checker(struct keybag_client *client, const struct arguments *arguments)
{
	CLEANUP_INFO struct keybag_info *info = NULL;

	if (keybag_client_status(client, arguments_whose(arguments), &info) < 0 ||
	    !(info->status.flags & KEYBAG_STATUS_HARDWARE))
		return;
	printf(_("the TPM checks the passcode: it takes %u wrong ones in a row, and none after that. Backups of the\n"
		 "keybag's file from before open by the recovery code alone\n"), KEYBAG_TPM_TRIES);
}

int command_passwd(int argc, char **argv)
{
	CLEANUP_SECRET struct secret passcode = SECRET_NONE;
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct session_step step = { .prompt = N_("Present passcode"), .run = set_step, .context = &passcode };
	struct arguments arguments;
	unsigned int losses = 0;
	int result;

	result = arguments_read(argc, argv, OPTION_TARGET | OPTION_SET | OPTION_REMOVE |
				OPTION_RECOVERY | OPTION_KDF | OPTION_YES | OPTION_TPM | OPTION_NO_TPM |
				OPTION_NO_RECOVERY, 0, &arguments);
	if (result)
		return result;
	if (arguments_has(&arguments, OPTION_NO_TPM) && arguments_has(&arguments, OPTION_TPM | OPTION_NO_RECOVERY))
		return complain(EXIT_USAGE, _("--tpm or --no-tpm, not both"));
	if (arguments_has(&arguments, OPTION_SET) && arguments_has(&arguments, OPTION_REMOVE))
		return complain(EXIT_USAGE, _("--set or --remove, not both"));
	step.recovery = arguments_has(&arguments, OPTION_RECOVERY);
	if (arguments_has(&arguments, OPTION_REMOVE))
		step.run = remove_step;
	result = session_open(&client);
	if (!result)
		result = check_present(client, &arguments, &losses);
	if (!result && losses)
		result = session_confirm_loss(client, &arguments, losses);
	if (!result)
		result = session_try(client, &arguments, &step);
	if (result)
		return result;
	if (step.run == set_step)
		tell_checker(client, &arguments);
	puts(step.run == set_step ? _("passcode set") : _("passcode removed: the keybag stays unlocked from now on; what was "
	     "sealed under akpu is lost"));
	return EXIT_DONE;
}
