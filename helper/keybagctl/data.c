// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wrap, unwrap, rewrap: straight to the device. Secrets go from the input into locked memory, from there
 * to the kernel, and the other way, with nothing in between.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"
#include "cli/output_file.h"
#include "cli/terminal_text.h"
#include "commands.h"
#include "common/io.h"
#include "complain.h"
#include "exit_code.h"
#include "session.h"

#define CLASS_OPTIONS	(OPTION_TARGET | OPTION_AAD | OPTION_FILES)

/* @unfit: the exit status for what is too long, or empty: of a blob that is damage. */
static int read_input(const char *path, void *bytes, size_t capacity, size_t *ret_length, int unfit)
{
	CLEANUP_FD int opened = -1;
	int fd = STDIN_FILENO;
	ssize_t length;

	if (path) {
		opened = open(path, O_RDONLY | O_CLOEXEC);
		if (opened < 0)
			return complain(exit_status_of_file(errno), "%s: %s", path, translate_errno(errno));
		fd = opened;
	}
	length = read_all_waiting(fd, bytes, capacity);
	if (length == -EMSGSIZE)
		return complain(unfit, _("%s: more than %zu bytes are too many"),
				path ? path : _("standard input"), capacity);
	if (length < 0)
		return complain(EXIT_FAILED, "%s: %s", path ? path : _("standard input"),
				translate_errno(length));
	if (!length)
		return complain(unfit, _("%s: there is nothing in it"),
				path ? path : _("standard input"));
	*ret_length = (size_t)length;
	return 0;
}

/* Someone who types sees neither a prompt nor that the input is a blob. */
static int refuse_typed(const char *path)
{
	if (path || !isatty(STDIN_FILENO))
		return 0;
	return complain(EXIT_USAGE, _("a blob is not typed: use --in FILE or a redirection"));
}

static int write_output(const char *path, const void *bytes, size_t length)
{
	int result = output_file_write(path, bytes, length);

	if (result < 0)
		return complain(exit_status_of_file(result), "%s: %s",
				path ? path : _("standard output"), translate_errno(result));
	return EXIT_DONE;
}

/* The class that a blob names in its header, for messages only; NULL where that is none. */
static const char *blob_class(const uint8_t *blob)
{
	return keybag_class_name(blob[2]);
}

/* The secret of an item that was opened: a terminal gets an end of line, and nothing that could steer it. */
static int write_secret(const struct arguments *arguments, const struct secret *secret)
{
	bool terminal = !arguments->out && isatty(STDOUT_FILENO);
	int result;

	if (terminal && !arguments_has(arguments, OPTION_FORCE) && !terminal_text(secret->data, secret->length))
		return complain(EXIT_FAILED, _("the secret is no text (%zu bytes) and could steer the terminal: use --out FILE or "
				"a redirection, or add --force"), secret->length);
	result = write_output(arguments->out, secret->data, secret->length);
	if (!result && terminal && secret->length && secret->data[secret->length - 1] != '\n')
		result = write_output(NULL, "\n", 1);
	return result;
}

static size_t text_length(const char *text)
{
	return text ? strlen(text) : 0;
}

/* As it is, or typed twice. */
static int read_secret(const struct arguments *arguments, struct secret *ret_secret)
{
	if (!arguments->in && prompt_at_terminal())
		return prompt_twice(_("Secret"), ret_secret);
	if (secret_new(ret_secret, KEYBAG_MAX_PAYLOAD) < 0)
		return complain(EXIT_FAILED, _("no locked memory: raise its limit (ulimit -l)"));
	return read_input(arguments->in, ret_secret->data, ret_secret->capacity, &ret_secret->length, EXIT_USAGE);
}

int command_wrap(int argc, char **argv)
{
	CLEANUP_SECRET struct secret plaintext = SECRET_NONE;
	CLEANUP_FD int fd = -1;
	uint8_t blob[KEYBAG_MAX_BLOB];
	struct arguments arguments;
	ssize_t length;
	int result;

	result = arguments_read(argc, argv, CLASS_OPTIONS | OPTION_CLASS | OPTION_GENERATE, 0,
				&arguments);
	if (result)
		return result;
	if (!arguments_has(&arguments, OPTION_CLASS))
		return complain(EXIT_USAGE, _("wrap: under which --class?"));
	if (arguments.generate && arguments.in_given)
		return complain(EXIT_USAGE, _("wrap: --generate or --in, not both"));
	result = bound_refuse_terminal(&arguments);
	if (!result)
		result = bound_open(&arguments.whose, &fd);
	if (result)
		return result;
	if (arguments.generate) {
		length = keybag_generate(fd, arguments.class_number, NULL, arguments.generate,
					 arguments.aad, text_length(arguments.aad), blob,
					 sizeof(blob));
	} else {
		result = read_secret(&arguments, &plaintext);
		if (result)
			return result;
		length = keybag_wrap(fd, arguments.class_number, plaintext.data, plaintext.length,
				     arguments.aad, text_length(arguments.aad), blob, sizeof(blob));
	}
	if (length < 0)
		return bound_explain(fd, (int)length, keybag_class_name(arguments.class_number));
	return write_output(arguments.out, blob, (size_t)length);
}

int command_unwrap(int argc, char **argv)
{
	CLEANUP_SECRET struct secret plaintext = SECRET_NONE;
	CLEANUP_FD int fd = -1;
	uint8_t blob[KEYBAG_MAX_BLOB] = { 0 };
	struct arguments arguments;
	size_t blob_length;
	ssize_t length;
	int result;

	result = arguments_read(argc, argv, CLASS_OPTIONS | OPTION_FORCE, 0, &arguments);
	if (!result)
		result = refuse_typed(arguments.in);
	if (!result)
		result = bound_open(&arguments.whose, &fd);
	if (!result)
		result = read_input(arguments.in, blob, sizeof(blob), &blob_length, EXIT_DAMAGED);
	if (result)
		return result;
	if (secret_new(&plaintext, KEYBAG_MAX_PAYLOAD) < 0)
		return complain(EXIT_FAILED, _("no locked memory: raise its limit (ulimit -l)"));
	length = keybag_unwrap(fd, blob, blob_length, arguments.aad, text_length(arguments.aad),
			       plaintext.data, plaintext.capacity);
	if (length < 0)
		return bound_explain(fd, (int)length, blob_class(blob) ? blob_class(blob) : "?");
	plaintext.length = (size_t)length;
	return write_secret(&arguments, &plaintext);
}

int command_rewrap(int argc, char **argv)
{
	uint8_t blob[KEYBAG_MAX_BLOB] = { 0 }, new_blob[KEYBAG_MAX_BLOB];
	CLEANUP_FD int fd = -1;
	CLEANUP_FD int target = -1;
	struct arguments arguments;
	const char *new_aad;
	size_t blob_length;
	ssize_t length;
	int result;

	result = arguments_read(argc, argv, CLASS_OPTIONS | OPTION_CLASS | OPTION_NEW_AAD | OPTION_TO,
				0, &arguments);
	if (result)
		return result;
	if (!arguments_has(&arguments, OPTION_CLASS))
		return complain(EXIT_USAGE, _("rewrap: for which --class?"));
	new_aad = arguments_has(&arguments, OPTION_NEW_AAD) ? arguments.new_aad : arguments.aad;
	result = bound_refuse_terminal(&arguments);
	if (!result)
		result = refuse_typed(arguments.in);
	if (!result)
		result = bound_open(&arguments.whose, &fd);
	if (!result && arguments.to_given)
		result = bound_open(&arguments.to, &target);
	if (!result)
		result = read_input(arguments.in, blob, sizeof(blob), &blob_length, EXIT_DAMAGED);
	if (result)
		return result;
	length = keybag_rewrap(fd, target, arguments.class_number, blob, blob_length, arguments.aad,
			       text_length(arguments.aad), new_aad, text_length(new_aad), new_blob,
			       sizeof(new_blob));
	if (length < 0)
		return bound_explain_rewrap(fd, target, (int)length, blob_class(blob),
					    keybag_class_name(arguments.class_number));
	return write_output(arguments.out, new_blob, (size_t)length);
}
