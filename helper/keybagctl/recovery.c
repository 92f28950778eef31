// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "cli/sent_text.h"
#include "commands.h"
#include "common/io.h"
#include "common/printable.h"
#include "common/recovery_code.h"
#include "complain.h"
#include "exit_code.h"
#include "keybag/form.h"
#include "organisation.h"
#include "recovery.h"
#include "session.h"

#define RECOVERY_GROUPS	6
#define RECOVERY_GROUP	5	/* characters; a dash is between two */

/*
 * By write(2): the buffer of a stream would keep it. Whoever is asked at a terminal sees it there; standard output may be
 * a file or another program's, which has no use for it.
 */
static int show_code(char *code, bool asked)
{
	fflush(stdout);
	code[strlen(code)] = '\n';
	if (write_all(asked && !isatty(STDOUT_FILENO) ? STDERR_FILENO : STDOUT_FILENO, code, strnlen(code, KEYBAG_RECOVERY_CODE_SIZE)) < 0)
		return complain(EXIT_FAILED, _("the recovery code could not be shown: make another with "
				"'keybagctl recovery add --replace'"));
	return 0;
}

static int add_step(struct keybag_client *client, const struct arguments *arguments,
		    const struct keybag_proof *proof, struct keybag_attempt *ret_attempt, void *context)
{
	struct secret *code = context;

	return keybag_client_recovery_add(client, arguments_whose(arguments), proof,
					  arguments_has(arguments, OPTION_REPLACE) ? KEYBAG_RECOVERY_REPLACE : 0,
					  (char *)code->data, ret_attempt);
}

static int new_code(struct secret *ret_code)
{
	if (secret_new(ret_code, KEYBAG_RECOVERY_CODE_SIZE + 1) < 0)
		return complain(EXIT_FAILED, _("no locked memory: raise its limit (ulimit -l)"));
	return 0;
}

/* Asks where --replace voids a code. */
static int confirm_replacement(struct keybag_client *client, const struct arguments *arguments)
{
	CLEANUP_INFO struct keybag_info *info = NULL;
	int result = keybag_client_status(client, arguments_whose(arguments), &info);

	if (result < 0)
		return complain_of(client, result);
	return info->status.flags & KEYBAG_STATUS_RECOVERY ?
	       session_confirm_loss(client, arguments, LOSS_RECOVERY) : 0;
}

/* The group of the code that is typed back: which one is not known beforehand. */
static const uint8_t *choose_group(const struct secret *code, unsigned int *ret_number)
{
	unsigned int number = 0;

	/* No secret depends on it: any group serves where there are no random bytes. */
	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		number = 0;
	number %= RECOVERY_GROUPS;
	*ret_number = number + 1;
	return code->data + number * (RECOVERY_GROUP + 1);
}

static bool is_group(const struct secret *typed, const uint8_t *group)
{
	return typed->length == RECOVERY_GROUP &&
	       recovery_code_is_part((const char *)typed->data, (const char *)group, RECOVERY_GROUP);
}

/* Whether its owner can read it from where it was written down. */
static bool type_back(const struct secret *code)
{
	unsigned int number;
	const uint8_t *group = choose_group(code, &number);
	char prompt[160];

	snprintf(prompt, sizeof(prompt), _("Group %u of the six, from what you wrote down (Enter: later)"), number);
	for (int try = 0; try < PROMPT_TRIES; try++) {
		CLEANUP_SECRET struct secret typed = SECRET_NONE;

		if (prompt_line(prompt, &typed) || !typed.length)
			return false;
		if (is_group(&typed, group))
			return true;
		warn(_("group %u is another one"), number);
	}
	return false;
}

static int confirm_kept(struct keybag_client *client, const struct arguments *arguments, const struct secret *code)
{
	struct keybag_proof proof = prompt_proof(KEYBAG_PROTECTOR_RECOVERY, code);
	struct keybag_attempt attempt = { 0 };
	int result;

	if (!type_back(code)) {
		warn(_("not confirmed: type the code with 'keybagctl recovery confirm' when you have it at hand"));
		return EXIT_DONE;
	}
	result = keybag_client_recovery_confirm(client, arguments_whose(arguments), &proof, &attempt);
	if (result < 0)
		return complain_of(client, result);
	warn_of_attempt(&attempt);
	fprintf(arguments_has(arguments, OPTION_JSON) ? stderr : stdout, "%s\n", _("recovery code confirmed"));
	return EXIT_DONE;
}

/* Shows the code, and at a terminal has it confirmed at once. */
static int hand_over(struct keybag_client *client, const struct arguments *arguments, struct secret *code)
{
	int result;

	code->length = strnlen((const char *)code->data, KEYBAG_RECOVERY_CODE_SIZE);
	result = show_code((char *)code->data, prompt_at_terminal());
	if (result)
		return result;
	code->data[code->length] = 0;
	if (!prompt_at_terminal()) {
		fputs(_("Write it down and keep it apart from this machine: it is shown this once. Then type it\n"
		      "back with 'keybagctl recovery confirm'.\n"), stderr);
		return EXIT_DONE;
	}
	fputs(_("Write it down and keep it apart from this machine: it is shown this once.\n"), stderr);
	return confirm_kept(client, arguments, code);
}

static int add(struct keybag_client *client, const struct arguments *arguments)
{
	CLEANUP_SECRET struct secret code = SECRET_NONE;
	const struct session_step step = { .prompt = N_("Passcode"), .run = add_step, .context = &code };
	int result = new_code(&code);

	if (!result && arguments_has(arguments, OPTION_REPLACE))
		result = confirm_replacement(client, arguments);
	if (!result)
		result = session_try(client, arguments, &step);
	return result ? result : hand_over(client, arguments, &code);
}

int recovery_on_the_spot(struct keybag_client *client, const struct arguments *arguments,
			 const struct keybag_proof *proof)
{
	CLEANUP_SECRET struct secret code = SECRET_NONE;
	struct keybag_attempt attempt = { 0 };
	int result = new_code(&code);

	if (result)
		return result;
	result = add_step(client, arguments, proof, &attempt, &code);
	if (result < 0)
		return complain_of(client, result);
	warn_of_attempt(&attempt);
	return hand_over(client, arguments, &code);
}

static int confirm_step(struct keybag_client *client, const struct arguments *arguments,
			const struct keybag_proof *proof, struct keybag_attempt *ret_attempt, void *context)
{
	(void)context;
	return keybag_client_recovery_confirm(client, arguments_whose(arguments), proof, ret_attempt);
}

static int confirm(struct keybag_client *client, const struct arguments *arguments)
{
	const struct session_step step = { .recovery = true, .run = confirm_step };
	int result = session_try(client, arguments, &step);

	if (!result)
		puts(_("recovery code confirmed"));
	return result;
}

static int refuse_step(struct keybag_client *client, const struct arguments *arguments,
		       const struct keybag_proof *proof, struct keybag_attempt *ret_attempt, void *context)
{
	(void)context;
	return keybag_client_recovery_refuse(client, arguments_whose(arguments), proof, ret_attempt);
}

static int refuse(struct keybag_client *client, const struct arguments *arguments)
{
	const struct session_step step = { .prompt = N_("Passcode"), .run = refuse_step };
	int result = session_try(client, arguments, &step);

	if (!result)
		puts(_("noted: no recovery code is wanted"));
	return result;
}

int command_recovery(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct keybag_client *client, const struct arguments *arguments);
	} actions[] = {
		{ "add", add },
		{ "confirm", confirm },
		{ "refuse", refuse },
	};
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct arguments arguments;
	size_t i;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_REPLACE | OPTION_YES, 1, &arguments, &client);
	if (result)
		return result;
	for (i = 0; arguments.count && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(arguments.rest[0], actions[i].name))
			break;
	if (!arguments.count || i == sizeof(actions) / sizeof(actions[0]))
		return complain(EXIT_USAGE, _("recovery: add, confirm or refuse"));
	if (actions[i].run != add && arguments_has(&arguments, OPTION_REPLACE | OPTION_YES))
		return complain(EXIT_USAGE, _("'recovery %s' takes neither --replace nor --yes: they are for 'recovery add'"),
				actions[i].name);
	return actions[i].run(client, &arguments);
}

static int read_form(const char *path, uint8_t form[KEYBAG_MAX_FORM], size_t *ret_length)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return complain(exit_status_of_file(errno), "%s: %s", path, translate_errno(errno));
	length = read_all(fd, form, KEYBAG_MAX_FORM);
	if (length == -EMSGSIZE)
		return complain(EXIT_DAMAGED, _("%s is not a keybag"), path);
	if (length < 0)
		return complain(EXIT_FAILED, "%s: %s", path, translate_errno(length));
	*ret_length = (size_t)length;
	return 0;
}

struct takeover {
	struct keybag_client *client;
	const struct arguments *arguments;
	const uint8_t *form;
	size_t length;
	struct secret passcode;		/* asked for once, however often the code is */
};

/* Asks for the code, and for the passcode if that has not been asked for. Returns 0, or an exit code after a message. */
static int ask_takeover(struct takeover *takeover, struct secret *ret_code)
{
	int result = prompt_secret(_("Recovery code"), ret_code);

	if (!result && !takeover->passcode.data && !arguments_has(takeover->arguments, OPTION_NO_PASSCODE))
		result = prompt_new_passcode("", false, &takeover->passcode);
	return result;
}

/* At a terminal a wrong code is asked for again, as session_try() does for keybags of this device. */
static int take_over(struct takeover *takeover, uint8_t ret_uuid[KEYBAG_UUID_SIZE])
{
	int left = prompt_at_terminal() ? PROMPT_TRIES : 1;

	for (;;) {
		CLEANUP_SECRET struct secret code = SECRET_NONE;
		struct keybag_proof code_proof, passcode_proof;
		struct keybag_attempt attempt = { 0 };
		int result = ask_takeover(takeover, &code);

		if (result)
			return result;
		code_proof = prompt_proof(KEYBAG_PROTECTOR_RECOVERY, &code);
		passcode_proof = prompt_proof(KEYBAG_PROTECTOR_PASSCODE, &takeover->passcode);
		result = keybag_client_recover_telling(takeover->client, takeover->form, takeover->length, &code_proof,
						       &passcode_proof, &takeover->arguments->kdf, ret_uuid, &attempt);
		if (!result) {
			warn_of_attempt(&attempt);
			return 0;
		}
		if (!--left || !session_worth_another(result, &code_proof))
			return session_complain_secret(takeover->client, &code_proof, result);
		warn("%s", sent_text(keybag_client_message(takeover->client)));
	}
}

/* Name and uid of the account that the keybag will belong to. */
static void describe_owner(uint32_t owner, char *ret_text, size_t size)
{
	const struct passwd *account = getpwuid(owner);

	snprintf(ret_text, size, "%s (uid %u)", account ? account->pw_name : "?", owner);
}

/*
 * The file names a uid, which was given to somebody on the machine that it comes from, and may be somebody else's here. Its owner
 * knows, root has to say so, and keybagd refuses others. Returns 0, or an exit code after a message.
 */
static int confirm_owner(const struct takeover *takeover, const struct kb_form *form, const char *owner)
{
	char question[512];

	if (form->type != KB_FORM_USER || geteuid() || form->owner == geteuid())
		return 0;
	snprintf(question, sizeof(question), _("It becomes the keybag of %s: the one whom that uid belonged to where the file comes from has "
		 "to be the same person."), owner);
	if (arguments_has(takeover->arguments, OPTION_YES))
		return 0;
	if (!prompt_at_terminal())
		warn("%s", question);
	return prompt_confirm(question);
}

static void tell_taken_over(const struct takeover *takeover, const char *owner, const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	char name[KEYBAG_UUID_TEXT_SIZE];

	if (arguments_has(takeover->arguments, OPTION_JSON)) {
		session_print_uuid(takeover->arguments, "%s", uuid);
		return;
	}
	keybag_uuid_format(uuid, name);
	printable_line(stdout, _("took over keybag %s, which is the keybag of %s now; what was sealed for its former device only is lost"),
		       name, owner);
}

int command_recover(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	uint8_t form[KEYBAG_MAX_FORM], uuid[KEYBAG_UUID_SIZE];
	char owner[320] = "?";
	struct kb_form parsed;
	struct takeover takeover = { .form = form };
	struct arguments arguments;
	int result;

	result = arguments_read(argc, argv, OPTION_NO_PASSCODE | OPTION_KDF | OPTION_JSON | OPTION_YES, 1, &arguments);
	if (result)
		return result;
	if (!arguments.count || !*arguments.rest[0])
		return complain(EXIT_USAGE, _("recover: which FILE?"));
	if (!strcmp(arguments.rest[0], "-"))
		return complain(EXIT_USAGE, _("recover: FILE is a file with a name; the recovery code comes by standard input"));
	takeover.arguments = &arguments;
	result = read_form(arguments.rest[0], form, &takeover.length);
	if (!result)
		result = session_open(&client);
	if (!result)
		result = session_check_daemon(client);
	if (!result)
		organisation_tell_configured(client);
	takeover.client = client;
	/* keybagd says what is wrong with one that cannot be parsed. */
	if (!result && kb_form_parse(&parsed, form, takeover.length) == 0) {
		describe_owner(parsed.owner, owner, sizeof(owner));
		result = confirm_owner(&takeover, &parsed, owner);
	}
	if (!result)
		result = take_over(&takeover, uuid);
	secret_free(&takeover.passcode);
	if (result)
		return result;
	tell_taken_over(&takeover, owner, uuid);
	return EXIT_DONE;
}
