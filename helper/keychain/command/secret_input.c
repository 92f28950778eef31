// SPDX-License-Identifier: GPL-2.0-or-later
#include "secret_input.h"

#include <errno.h>
#include <string.h>

#include "complain.h"
#include "helper/cli/answer.h"
#include "helper/common/registers.h"
#include "helper/common/terminal.h"
#include "stream.h"

#define TRIES	3	/* to type the same twice */

static int cannot_read(int error)
{
	if (error == -EMSGSIZE)
		return complain_usage(_("the secret is longer than %d bytes"), KEYCHAIN_MAX_SECRET);
	return complain_other(_("the secret cannot be read: %s"), stream_problem(error));
}

static int confirm_empty(void)
{
	CLEANUP_SECRET struct secret answer = SECRET_NONE;
	int result = stream_ask_shown(_("The secret is empty. Store an empty secret? [y/N] "), &answer);

	if (result < 0)
		return cannot_read(result);
	if (answer.length && answer_begins_yes((const char *)answer.data))
		return 0;
	return complain_usage(_("nothing was stored; --no-secret stores an item without a secret"));
}

/* Returns 0, an exit status, or -EAGAIN where both were not the same. */
static int ask_twice(const char *prompt, bool confirms, struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE, again = SECRET_NONE;
	int result = stream_ask(prompt, &secret);

	if (!result)
		result = stream_ask(_("The same once more: "), &again);
	if (result < 0)
		return cannot_read(result);
	if (!secret_equal(&secret, &again))
		return -EAGAIN;
	if (!secret.length && confirms)
		result = confirm_empty();
	if (!result)
		*ret_secret = secret_take(&secret);
	return result;
}

/* A slip of a finger is not seen while it is typed, and would only be found when the secret is needed. */
static int ask(const char *prompt, bool confirms, struct secret *ret_secret)
{
	int result = -EAGAIN;

	for (int tries = 0; result == -EAGAIN && tries < TRIES; tries++) {
		result = ask_twice(prompt, confirms, ret_secret);
		if (result == -EAGAIN)
			complain_other(_("the two are not the same"));
	}
	return result == -EAGAIN ? EXIT_OTHER : result;
}

static int read_input(bool trim, struct secret *ret_secret)
{
	int result = stream_read(KEYCHAIN_MAX_SECRET, ret_secret);

	if (result < 0)
		return cannot_read(result);
	if (trim && ret_secret->length && ret_secret->data[ret_secret->length - 1] == '\n')
		ret_secret->length--;
	if (trim && ret_secret->length && ret_secret->data[ret_secret->length - 1] == '\r')
		ret_secret->length--;
	return 0;
}

static int read_secret(bool trim, enum secret_input allowed, struct secret *ret_secret)
{
	bool typed = isatty(STDIN_FILENO);
	int result = typed ? ask(_("Secret: "), allowed != SECRET_INPUT_NEVER_EMPTY, ret_secret) : read_input(trim, ret_secret);

	if (result || ret_secret->length)
		return result;
	if (allowed == SECRET_INPUT_NEVER_EMPTY)
		return complain_usage(_("the secret is empty, and nothing was changed: here it has at least one byte"));
	if (allowed == SECRET_INPUT_CHECKED && !typed)
		return complain_usage(_("standard input is empty, so there is no secret, and nothing was changed; --allow-empty "
				      "takes it for an empty secret"));
	return 0;
}

int secret_input_set(struct value *dictionary, bool trim, enum secret_input allowed)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	int result = read_secret(trim, allowed, &secret);

	if (!result && value_set(dictionary, "v_Data", value_data(secret.data, secret.length)) < 0)
		result = complain_other(_("out of memory"));
	clear_vector_registers();
	return result;
}

static int cannot_read_passphrase(int error)
{
	if (error == -EMSGSIZE)
		return complain_usage(_("the passphrase is longer than %d bytes"), PASSPHRASE_MAX_SIZE);
	if (error == -ENODATA)
		return complain_usage(_("there is no passphrase: type it on a terminal, give it as the first line of standard "
					"input, or say --unencrypted"));
	return complain_other(_("the passphrase cannot be read: %s"), stream_problem(error));
}

static int read_line(struct secret *ret_line)
{
	CLEANUP_SECRET struct secret line = SECRET_NONE;
	int result = secret_new(&line, PASSPHRASE_MAX_SIZE + 2);

	if (!result)
		result = line_read(STDIN_FILENO, &line);
	if (result < 0)
		return cannot_read_passphrase(result);
	*ret_line = secret_take(&line);
	return 0;
}

int secret_input_passphrase(struct secret *ret_passphrase)
{
	CLEANUP_SECRET struct secret passphrase = SECRET_NONE;
	int result = isatty(STDIN_FILENO) ? ask(_("Passphrase of the new file: "), false, &passphrase) : read_line(&passphrase);

	if (result)
		return result;
	if (!passphrase.length)
		return cannot_read_passphrase(-ENODATA);
	if (passphrase.length > PASSPHRASE_MAX_SIZE)
		return cannot_read_passphrase(-EMSGSIZE);
	if (memchr(passphrase.data, 0, passphrase.length))
		return complain_usage(_("the passphrase has a NUL byte in it: choose another"));
	*ret_passphrase = secret_take(&passphrase);
	return 0;
}
