// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The organisation that may open a keybag: shown, let in, put out, and the secret that is sealed to it.
 */
#include "organisation.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/output_file.h"
#include "cli/sent_text.h"
#include "commands.h"
#include "common/io.h"
#include "common/printable.h"
#include "complain.h"
#include "exit_code.h"
#include "json.h"
#include "report.h"
#include "session.h"

#define SECOND_NS	UINT64_C(1000000000)
#define PEM_LINE	64
#define PEM_SIZE	2048	/* of what is sealed */

/* ---- Shown -------------------------------------------------------------------------------------- */

static void print_dates(const struct keybag_organisation *organisation)
{
	char from[64], until[64];

	if (!organisation->known)
		return;
	report_time(organisation->not_before * SECOND_NS, from, sizeof(from));
	report_time(organisation->not_after * SECOND_NS, until, sizeof(until));
	printf(_("             valid from %s to %s\n"), from, until);
}

static void print_present(const struct keybag_organisation *organisation)
{
	char fingerprint[ORGANISATION_FINGERPRINT_SIZE];

	if (!organisation->present) {
		puts(_("Also opens:  no organisation"));
		return;
	}
	organisation_fingerprint(organisation, fingerprint);
	printable_line(stdout, _("Also opens:  %s, with a recovery code of its own"), organisation_name(organisation));
	printf(_("             certificate SHA-256 %s\n"), fingerprint);
	print_dates(organisation);
	if (organisation_has_expired(organisation))
		puts(_("Note:        the certificate of that organisation has expired; its holder opens the keybag all the\n"
		       "             same"));
}

void organisation_print(const struct keybag_organisation_info *info)
{
	char text[ORGANISATION_TEXT_SIZE];

	print_present(&info->present);
	if (organisation_is_to_come(info))
		printable_line(stdout, _("Note:        keybagd.conf names %s: it may open the keybag from the next change of passcode on"),
			       organisation_text(&info->configured, text));
	if (*info->problem)
		printable_line(stdout, _("To do:       organisation-certificate in keybagd.conf is not used: %s"),
			       sent_text(info->problem));
}

static void one_json(const char *name, const struct keybag_organisation *organisation)
{
	if (!organisation->present) {
		json_null(name);
		return;
	}
	json_open(name, '{');
	json_hex("sha256", organisation->digest, KEYBAG_ORGANISATION_DIGEST);
	if (organisation->known) {
		json_text("subject", organisation->subject);
		report_time_json("not_before", organisation->not_before * SECOND_NS);
		report_time_json("not_after", organisation->not_after * SECOND_NS);
	} else {
		json_null("subject");
		json_null("not_before");
		json_null("not_after");
	}
	json_close('}');
}

void organisation_json(const struct keybag_organisation_info *info)
{
	static const struct keybag_organisation_info none;

	one_json("organisation", info ? &info->present : &none.present);
	one_json("organisation_configured", info ? &info->configured : &none.configured);
	if (info && *info->problem)
		json_text("organisation_problem", info->problem);
	else
		json_null("organisation_problem");
}

static void tell_of_configured(const struct keybag_organisation *organisation)
{
	char text[ORGANISATION_TEXT_SIZE];

	warn(_("keybagd.conf names an organisation that may open this keybag, too, with a recovery code of its own: %s"),
	     organisation_text(organisation, text));
}

void organisation_tell_configured(struct keybag_client *client)
{
	struct keybag_organisation_info info;

	if (keybag_client_organisation(client, NULL, &info) == 0 && info.configured.present &&
	    !organisation_has_expired(&info.configured))
		tell_of_configured(&info.configured);
}

void organisation_tell(struct keybag_client *client, const struct arguments *arguments, bool first, bool *ret_replaced)
{
	struct keybag_organisation_info info;
	char text[ORGANISATION_TEXT_SIZE];
	bool comes;

	*ret_replaced = false;
	if (keybag_client_organisation(client, arguments_whose(arguments), &info) < 0)
		return;
	comes = organisation_is_to_come(&info);
	if (comes)
		tell_of_configured(&info.configured);
	if (info.present.present && (comes || (first && !organisation_same(&info.present, &info.configured))))
		warn(_("this organisation cannot open it any more then: %s"), organisation_text(&info.present, text));
	else if (info.present.present)
		warn(_("this organisation may open it, as before: %s"), organisation_text(&info.present, text));
	*ret_replaced = comes && info.present.present;
}

static int show(struct keybag_client *client, const struct arguments *arguments)
{
	struct keybag_organisation_info info;
	int result = keybag_client_organisation(client, arguments_whose(arguments), &info);

	if (result < 0)
		return complain_of(client, result);
	if (!arguments_has(arguments, OPTION_JSON)) {
		organisation_print(&info);
		return EXIT_DONE;
	}
	json_open(NULL, '{');
	json_number("format", REPORT_JSON_FORMAT);
	organisation_json(&info);
	json_close('}');
	json_end();
	return EXIT_DONE;
}

/* ---- Let in ------------------------------------------------------------------------------------- */

struct certificate {
	uint8_t bytes[KEYBAG_MAX_CERTIFICATE];
	size_t length;
};

static int read_certificate(const char *path, struct certificate *ret_certificate)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t length;

	if (fd < 0)
		return complain(exit_status_of_file(errno), "%s: %s", path, translate_errno(errno));
	length = read_all(fd, ret_certificate->bytes, sizeof(ret_certificate->bytes));
	if (length == -EMSGSIZE || !length)
		return complain(EXIT_FAILED, _("%s is no certificate: one of up to %d bytes, as PEM or DER, is taken"), path,
				KEYBAG_MAX_CERTIFICATE);
	if (length < 0)
		return complain(EXIT_FAILED, "%s: %s", path, translate_errno(length));
	ret_certificate->length = (size_t)length;
	return 0;
}

/* Whoever lets someone in sees first whom; the fingerprint is what an impostor's certificate does not have. */
static int confirm_add(const struct arguments *arguments, const struct keybag_organisation *organisation, bool voids)
{
	char text[ORGANISATION_TEXT_SIZE], question[ORGANISATION_TEXT_SIZE + 512];

	snprintf(question, sizeof(question), _("The holder of this certificate's private key will be able to open the keybag: %s. Compare the "
		 "fingerprint with what the organisation has told you.%s"), organisation_text(organisation, text),
		 voids ? _(" The present recovery code will be void.") : "");
	if (!arguments_has(arguments, OPTION_YES))
		return prompt_confirm(question);
	warn("%s", text);
	return 0;
}

/* Looks at all that keybagd would refuse before anybody is asked for anything. */
static int look(struct keybag_client *client, const struct arguments *arguments, const struct certificate *certificate)
{
	CLEANUP_INFO struct keybag_info *info = NULL;
	struct keybag_organisation organisation;
	int result = keybag_client_status(client, arguments_whose(arguments), &info);

	if (!result)
		result = keybag_client_organisation_read(client, arguments_whose(arguments), certificate->bytes, certificate->length,
							 &organisation);
	if (result < 0)
		return complain_of(client, result);
	return confirm_add(arguments, &organisation, arguments_has(arguments, OPTION_REPLACE) &&
			   info->status.flags & KEYBAG_STATUS_RECOVERY);
}

static int add_step(struct keybag_client *client, const struct arguments *arguments, const struct keybag_proof *proof,
		    struct keybag_attempt *ret_attempt, void *context)
{
	const struct certificate *certificate = context;

	return keybag_client_organisation_add(client, arguments_whose(arguments), proof, certificate->bytes, certificate->length,
					      arguments_has(arguments, OPTION_REPLACE) ? KEYBAG_ORGANISATION_REPLACE : 0, ret_attempt);
}

static int add(struct keybag_client *client, const struct arguments *arguments)
{
	struct certificate certificate;
	const struct session_step step = { .prompt = N_("Passcode"), .run = add_step, .context = &certificate };
	int result;

	if (arguments->count < 2 || !*arguments->rest[1])
		return complain(EXIT_USAGE, _("organisation add: which CERTIFICATE?"));
	result = read_certificate(arguments->rest[1], &certificate);
	if (!result)
		result = look(client, arguments, &certificate);
	if (!result)
		result = session_try(client, arguments, &step);
	if (!result)
		puts(_("the organisation may open the keybag from now on; what it needs for that is in the keybag's file: 'keybagctl "
		       "organisation export' writes a copy"));
	return result;
}

/* ---- Put out ------------------------------------------------------------------------------------ */

static int remove_step(struct keybag_client *client, const struct arguments *arguments, const struct keybag_proof *proof,
		       struct keybag_attempt *ret_attempt, void *context)
{
	(void)context;
	return keybag_client_organisation_remove(client, arguments_whose(arguments), proof, ret_attempt);
}

static int confirm_removal(struct keybag_client *client, const struct arguments *arguments)
{
	CLEANUP_INFO struct keybag_info *info = NULL;
	int result = keybag_client_status(client, arguments_whose(arguments), &info);

	if (result < 0)
		return complain_of(client, result);
	return info->status.flags & KEYBAG_STATUS_RECOVERY ? session_confirm_loss(client, arguments, LOSS_RECOVERY) : 0;
}

static int remove_it(struct keybag_client *client, const struct arguments *arguments)
{
	const struct session_step step = { .prompt = N_("Passcode"), .run = remove_step };
	int result = confirm_removal(client, arguments);

	if (!result)
		result = session_try(client, arguments, &step);
	if (!result)
		puts(_("the organisation cannot open the keybag any more; copies of its file from before, in backups, it can"));
	return result;
}

/* ---- What is sealed to it ----------------------------------------------------------------------- */

/* Returns the length. */
static size_t write_pem(const uint8_t *sealed, size_t length, char ret_pem[PEM_SIZE])
{
	unsigned char text[4 * ((KEYBAG_MAX_ORGANISATION_SEALED + 2) / 3) + 1];
	int all = EVP_EncodeBlock(text, sealed, (int)length);
	int at = sprintf(ret_pem, "-----BEGIN CMS-----\n");

	for (int i = 0; i < all; i += PEM_LINE)
		at += sprintf(ret_pem + at, "%.*s\n", PEM_LINE, text + i);
	return (size_t)(at + sprintf(ret_pem + at, "-----END CMS-----\n"));
}

static int export(struct keybag_client *client, const struct arguments *arguments)
{
	const char *path = arguments->count > 1 && strcmp(arguments->rest[1], "-") ? arguments->rest[1] : NULL;
	uint8_t sealed[KEYBAG_MAX_ORGANISATION_SEALED];
	char pem[PEM_SIZE];
	ssize_t length = keybag_client_organisation_export(client, arguments_whose(arguments), sealed);
	int result;

	if (length < 0)
		return complain_of(client, (int)length);
	result = output_file_write(path, pem, write_pem(sealed, (size_t)length, pem));
	if (result < 0)
		return complain(exit_status_of_file(-result), "%s: %s", path ? path : _("standard output"), translate_errno(-result));
	return EXIT_DONE;
}

/* ---- The command -------------------------------------------------------------------------------- */

static const struct action {
	const char *name;
	unsigned int options;	/* besides those of every action */
	int most;		/* words, itself included */
	int (*run)(struct keybag_client *client, const struct arguments *arguments);
} actions[] = {
	{ "", OPTION_JSON, 0, show },
	{ "add", OPTION_REPLACE | OPTION_YES, 2, add },
	{ "remove", OPTION_YES, 1, remove_it },
	{ "export", 0, 2, export },
};

static const struct action *find_action(const struct arguments *arguments)
{
	const char *name = arguments->count ? arguments->rest[0] : "";

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(actions[i].name, name) && (*name || !arguments->count))
			return &actions[i];
	return NULL;
}

int command_organisation(int argc, char **argv)
{
	const unsigned int options = OPTION_REPLACE | OPTION_YES | OPTION_JSON;
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	const struct action *action;
	struct arguments arguments;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | options, 2, &arguments, &client);
	if (result)
		return result;
	action = find_action(&arguments);
	if (!action || arguments.count > action->most)
		return complain(EXIT_USAGE, _("organisation: nothing, 'add CERTIFICATE', 'remove' or 'export [FILE]'"));
	if (arguments_has(&arguments, options & ~action->options))
		return complain(EXIT_USAGE, _("--json is for 'organisation' alone, --replace for 'organisation add', --yes for 'add' and "
				"'remove'"));
	return action->run(client, &arguments);
}
