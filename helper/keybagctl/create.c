// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "commands.h"
#include "common/terminal.h"
#include "complain.h"
#include "device_key.h"
#include "exit_code.h"
#include "login_check.h"
#include "organisation.h"
#include "prompt.h"
#include "recovery.h"
#include "session.h"

#define WEAK_MEMORY_KIB 19456

void warn_of_kdf(const struct keybag_kdf *kdf)
{
	if (kdf->memory_kib && kdf->memory_kib < WEAK_MEMORY_KIB)
		warn(_("warning: a passcode checked with %u KiB is cheap to guess for anyone who has the disk: "
		     "%u KiB is the least that is advised"), kdf->memory_kib, WEAK_MEMORY_KIB);
}

/* Keybags that are there before one is made. */
struct present {
	bool one, several;
	uint8_t uuid[KEYBAG_UUID_SIZE];	/* of the one */
};

static int there_already(const struct arguments *arguments, const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	if (!arguments_has(arguments, OPTION_IF_MISSING))
		return complain(EXIT_DUPLICATE, _("there is a keybag already: 'keybagctl status' shows it"));
	if (arguments_has(arguments, OPTION_JSON))
		session_print_uuid(arguments, "", uuid);
	else
		fputs(_("there is a keybag already\n"), stdout);
	return EXIT_DONE;
}

/* Several are there as well; which of them is for root to choose, and no UUID of one is told. */
static int several_already(const struct arguments *arguments)
{
	if (arguments_has(arguments, OPTION_JSON))
		session_print_uuid(arguments, "", NULL);
	else
		fputs(_("there is more than one keybag already: 'keybagctl list' shows them\n"), stdout);
	return EXIT_DONE;
}

static int answer_present(const struct arguments *arguments, const struct present *present)
{
	return present->several ? several_already(arguments) : there_already(arguments, present->uuid);
}

/*
 * Whatever state it is in: one that does not load is mended or destroyed by name, never made again. Returns 0, or after a
 * message an exit code: nobody is asked for a passcode that keybagd would not take.
 */
static int look_for(struct keybag_client *client, const struct arguments *arguments, struct present *ret_present)
{
	CLEANUP_INFO struct keybag_info *info = NULL;
	int result = keybag_client_status(client, arguments_whose(arguments), &info);

	*ret_present = (struct present){ .one = !result };
	if (!result)
		memcpy(ret_present->uuid, info->status.uuid, KEYBAG_UUID_SIZE);
	if (result == -ENOTUNIQ && arguments_has(arguments, OPTION_IF_MISSING)) {
		ret_present->several = true;
		return 0;
	}
	return result < 0 && result != -ENOENT ? complain_of(client, result) : 0;
}

/* A keybag of another account gets no login password: only its owner knows it. */
static bool is_own(const struct arguments *arguments)
{
	return !arguments->whose_given || (arguments->whose.by == KEYBAG_WHOSE_UID && arguments->whose.uid == geteuid());
}

struct check {
	const char *user;
	const struct secret *typed;
	int result;
};

static void check_login(void *context)
{
	struct check *check = context;

	check->result = login_check(check->user, check->typed);
}

/* PAM takes its time over a wrong password, and people go on typing: nothing of that is shown. */
static int check_quietly(const char *user, const struct secret *typed)
{
	struct check check = { .user = user, .typed = typed };

	terminal_quiet(STDIN_FILENO, check_login, &check);
	return check.result;
}

/*
 * Offers the login password. It is the only thing that is tried as one, and once: what else someone types is a passcode
 * and none of PAM's business, where it would count as a failed login. Leaves SECRET_NONE where it is not to be taken.
 */
static int offer_login_password(const char *user, struct secret *ret_passcode)
{
	CLEANUP_SECRET struct secret typed = SECRET_NONE;
	int result;

	fprintf(stderr, _("If your passcode is your login password, each login opens the keybag.\n"));
	result = prompt_secret_or_none(_("Login password (Enter: choose another passcode)"), &typed);
	if (result || !typed.data)
		return result;
	switch (check_quietly(user, &typed)) {
	case 0:
		if (prompt_question(_("This is your login password. Take it as the passcode?"), PROMPT_YES) == PROMPT_YES)
			*ret_passcode = secret_take(&typed);
		return 0;
	case -EKEYREJECTED:
		warn(_("that is not the login password of %s, and it will not be tried again: press Ctrl-C to start over, or "
		     "choose another passcode"), user);
		return 0;
	default:
		warn(_("whether that is the login password cannot be verified here: choose a passcode, the same one if "
		     "logins are to open the keybag"));
		return 0;
	}
}

/* At a terminal: guides to a passcode, or to none. */
static int guide(const struct arguments *arguments, struct secret *ret_passcode)
{
	const char *user = session_user_name(arguments);
	int result = is_own(arguments) && *user ? offer_login_password(user, ret_passcode) : 0;

	if (result || ret_passcode->data)
		return result;
	result = prompt_new_passcode(user, true, ret_passcode);
	if (!result && ret_passcode->data && is_own(arguments))
		warn(_("unless this is the login password, logins leave the keybag closed: 'keybagctl unlock' opens it"));
	return result;
}

static int ask_passcode(const struct arguments *arguments, struct secret *ret_passcode)
{
	int result = prompt_at_terminal() ? guide(arguments, ret_passcode) :
					    prompt_new_passcode("", false, ret_passcode);

	if (!result)
		warn_of_kdf(&arguments->kdf);
	return result;
}

/* The keybag is there, whatever becomes of the code. */
static void advise(struct keybag_client *client, const struct arguments *arguments, const struct keybag_proof *proof)
{
	if (prompt_at_terminal() &&
	    prompt_question(_("Make a recovery code now? It opens the keybag when the passcode is forgotten."),
			    PROMPT_YES) == PROMPT_YES &&
	    recovery_on_the_spot(client, arguments, proof) == EXIT_DONE)
		return;
	fputs(_("Next, make a recovery code: 'keybagctl recovery add'. Without one, a lost device key or\n"
	      "a forgotten passcode loses everything; 'keybagctl recovery refuse' if you want none.\n"),
	      arguments_has(arguments, OPTION_JSON) ? stderr : stdout);
}

/* It has no recovery code. */
static void warn_of_tpm(struct keybag_client *client)
{
	struct keybag_device_key_info key;

	if (keybag_client_device_key(client, &key) == 0 && key.place == KEYBAG_DEVICE_KEY_IN_TPM)
		warn(_("only this machine's TPM opens the system keybag: what is in it is lost with the TPM, unless there is a copy of the "
		       "device key, keybagd(8)"));
}

int command_create(int argc, char **argv)
{
	CLEANUP_SECRET struct secret passcode = SECRET_NONE;
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	uint8_t uuid[KEYBAG_UUID_SIZE];
	struct arguments arguments;
	struct present present;
	struct keybag_proof proof;
	bool system;
	int result;

	result = arguments_read(argc, argv, OPTION_TARGET | OPTION_NO_PASSCODE | OPTION_KDF |
				OPTION_IF_MISSING | OPTION_JSON, 0, &arguments);
	if (result)
		return result;
	if (arguments.whose.by == KEYBAG_WHOSE_UUID)
		return complain(EXIT_USAGE, _("a new keybag gets its UUID by itself"));
	result = session_open(&client);
	if (!result)
		result = look_for(client, &arguments, &present);
	if (result)
		return result;
	if (present.one || present.several)
		return answer_present(&arguments, &present);
	system = arguments.whose.by == KEYBAG_WHOSE_SYSTEM;
	if (!system)
		organisation_tell_configured(client);
	if (!system && !arguments_has(&arguments, OPTION_NO_PASSCODE)) {
		result = ask_passcode(&arguments, &passcode);
		if (result)
			return result;
	}
	proof = prompt_proof(KEYBAG_PROTECTOR_PASSCODE, &passcode);
	result = keybag_client_create(client, arguments_whose(&arguments), &proof, &arguments.kdf, 0,
				      uuid);
	if (result == -EEXIST && arguments_has(&arguments, OPTION_IF_MISSING)) {
		result = look_for(client, &arguments, &present);
		if (result)
			return result;
		if (present.one || present.several)
			return answer_present(&arguments, &present);
		result = -EEXIST;
	}
	if (result < 0)
		return complain_of(client, result);
	session_print_uuid(&arguments, _("made keybag %s"), uuid);
	if (system) {
		warn_of_tpm(client);
		return EXIT_DONE;
	}
	if (!passcode.data && !arguments_has(&arguments, OPTION_JSON))
		puts(_("It has no passcode and stays unlocked: 'keybagctl passwd --set' sets one."));
	fflush(stdout);
	advise(client, &arguments, &proof);
	return EXIT_DONE;
}
