// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "common/io.h"
#include "complain.h"
#include "exit_code.h"
#include "session.h"

/* By write(2): standard output's buffer would keep it. */
static int show_code(char *code)
{
	fflush(stdout);
	code[strlen(code)] = '\n';
	if (write_all(STDOUT_FILENO, code, strnlen(code, KEYBAG_RECOVERY_CODE_SIZE)) < 0)
		return complain(EXIT_FAILED, "the recovery code could not be shown: make another with "
				"'keybagctl recovery add --replace'");
	return 0;
}

static int add(struct keybag_client *client, const struct arguments *arguments)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE, code = SECRET_NONE;
	struct keybag_attempt attempt;
	struct keybag_proof proof;
	int result;

	if (secret_new(&code, KEYBAG_RECOVERY_CODE_SIZE + 1) < 0)
		return complain(EXIT_FAILED, "no locked memory: raise its limit (ulimit -l)");
	result = session_ask(client, arguments, false, "Passcode", &secret, &proof);
	if (result)
		return result;
	result = keybag_client_recovery_add(client, arguments_whose(arguments), &proof,
					    arguments_has(arguments, OPTION_REPLACE) ?
					    KEYBAG_RECOVERY_REPLACE : 0,
					    (char *)code.data, &attempt);
	if (result < 0)
		return complain_of(client, result);
	warn_of_attempt(&attempt);
	result = show_code((char *)code.data);
	if (result)
		return result;
	fputs("Write it down and keep it apart from this machine: it is shown this once. Then type it\n"
	      "back with 'keybagctl recovery confirm'.\n", stderr);
	return EXIT_DONE;
}

static int confirm(struct keybag_client *client, const struct arguments *arguments)
{
	CLEANUP_SECRET struct secret code = SECRET_NONE;
	struct keybag_attempt attempt;
	struct keybag_proof proof;
	int result = prompt_secret("Recovery code", &code);

	if (result)
		return result;
	proof = prompt_proof(KEYBAG_PROTECTOR_RECOVERY, &code);
	result = keybag_client_recovery_confirm(client, arguments_whose(arguments), &proof, &attempt);
	if (result < 0)
		return complain_of(client, result);
	warn_of_attempt(&attempt);
	puts("recovery code confirmed");
	return EXIT_DONE;
}

static int refuse(struct keybag_client *client, const struct arguments *arguments)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	struct keybag_attempt attempt;
	struct keybag_proof proof;
	int result = session_ask(client, arguments, false, "Passcode", &secret, &proof);

	if (result)
		return result;
	result = keybag_client_recovery_refuse(client, arguments_whose(arguments), &proof, &attempt);
	if (result < 0)
		return complain_of(client, result);
	warn_of_attempt(&attempt);
	puts("noted: no recovery code is wanted");
	return EXIT_DONE;
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

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_REPLACE, 1, &arguments, &client);
	if (result)
		return result;
	for (i = 0; arguments.count && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(arguments.rest[0], actions[i].name))
			return actions[i].run(client, &arguments);
	return complain(EXIT_USAGE, "recovery: add, confirm or refuse");
}

static int read_form(const char *path, uint8_t form[KEYBAG_MAX_FORM], size_t *ret_length)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return complain(exit_code_of(errno), "%s: %m", path);
	length = read_all(fd, form, KEYBAG_MAX_FORM);
	if (length == -EMSGSIZE)
		return complain(EXIT_DAMAGED, "%s is not a keybag", path);
	if (length < 0)
		return complain(EXIT_FAILED, "%s: %s", path, strerror((int)-length));
	*ret_length = (size_t)length;
	return 0;
}

int command_recover(int argc, char **argv)
{
	CLEANUP_SECRET struct secret code = SECRET_NONE, passcode = SECRET_NONE;
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	struct keybag_proof code_proof, passcode_proof;
	uint8_t form[KEYBAG_MAX_FORM];
	char text[KEYBAG_UUID_TEXT_SIZE];
	uint8_t uuid[KEYBAG_UUID_SIZE];
	struct arguments arguments;
	size_t length = 0;
	int result;

	result = arguments_read(argc, argv, OPTION_NO_PASSCODE | OPTION_KDF, 1, &arguments);
	if (result)
		return result;
	if (!arguments.count || !*arguments.rest[0])
		return complain(EXIT_USAGE, "recover: which FILE?");
	result = read_form(arguments.rest[0], form, &length);
	if (!result)
		result = session_open(&client);
	if (!result)
		result = prompt_secret("Recovery code", &code);
	if (!result && !arguments_has(&arguments, OPTION_NO_PASSCODE))
		result = prompt_new_secret("New passcode", &passcode);
	if (result)
		return result;
	code_proof = prompt_proof(KEYBAG_PROTECTOR_RECOVERY, &code);
	passcode_proof = prompt_proof(KEYBAG_PROTECTOR_PASSCODE, &passcode);
	result = keybag_client_recover(client, form, length, &code_proof, &passcode_proof,
				       &arguments.kdf, uuid);
	if (result < 0)
		return complain_of(client, result);
	keybag_uuid_format(uuid, text);
	printf("took over keybag %s; what was sealed for its former device only is lost\n", text);
	return EXIT_DONE;
}
