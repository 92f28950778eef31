// SPDX-License-Identifier: GPL-2.0-or-later
#include "backup_ticket.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "complain.h"
#include "helper/cli/sent_text.h"
#include "helper/cli/strength.h"
#include "helper/common/registers.h"
#include "helper/common/terminal.h"
#include "helper/keychain/transport/request.h"
#include "stream.h"

#define TRIES	3	/* to type the same twice */

/* The secrets of one request, and the client that it goes by. */
struct asking {
	struct keybag_client *client;
	struct secret proof, password;
	uint32_t kind;		/* enum keybag_protector_kind of the proof */
};

static int cannot_read(const char *what, int error)
{
	if (error == -ENODATA)
		return complain_usage(_("%s: nothing on standard input"), what);
	if (error == -EMSGSIZE)
		return complain_usage(_("%s: more than %d bytes are too many"), what, KEYBAG_MAX_PASSCODE);
	return complain_other(_("%s: it cannot be read: %s"), what, stream_problem(error));
}

static int read_line(const char *what, struct secret *ret_line)
{
	CLEANUP_SECRET struct secret line = SECRET_NONE;
	char prompt[256];
	int result = secret_new(&line, KEYBAG_MAX_PASSCODE + 2);

	snprintf(prompt, sizeof(prompt), "%s: ", what);
	if (!result)
		result = isatty(STDIN_FILENO) ? terminal_ask(STDIN_FILENO, STDERR_FILENO, prompt, TERMINAL_HIDDEN, &line) :
						line_read(STDIN_FILENO, &line);
	if (result < 0)
		return cannot_read(what, result);
	if (!line.length)
		return complain_usage(_("%s: it must not be empty"), what);
	if (memchr(line.data, 0, line.length))
		return complain_usage(_("%s: it must not have a NUL byte"), what);
	*ret_line = secret_take(&line);
	return 0;
}

static void tell_strength(const struct secret *password)
{
	const struct passwd *account = getpwuid(geteuid());
	unsigned int tenths = strength_estimate(password->data, password->length, account ? account->pw_name : "");

	complain_other(_("strength of this password: %s"), _(strength_text(strength_of(tenths))));
}

/* Returns 0, an exit status, or -EAGAIN where both were not the same. */
static int ask_twice(struct secret *ret_password)
{
	CLEANUP_SECRET struct secret password = SECRET_NONE, again = SECRET_NONE;
	int result = read_line(_("New password of the backup"), &password);

	if (!result)
		tell_strength(&password);
	if (!result)
		result = read_line(_("The same once more"), &again);
	if (!result && !secret_equal(&password, &again))
		return -EAGAIN;
	if (!result)
		*ret_password = secret_take(&password);
	return result;
}

static int ask_new_password(struct secret *ret_password)
{
	int result = -EAGAIN;

	if (!isatty(STDIN_FILENO))
		return read_line(_("New password of the backup"), ret_password);
	for (int tries = 0; result == -EAGAIN && tries < TRIES; tries++) {
		result = ask_twice(ret_password);
		if (result == -EAGAIN)
			complain_other(_("the two are not the same"));
	}
	return result == -EAGAIN ? EXIT_OTHER : result;
}

static int fail_client(struct asking *asking, int error)
{
	complain_other("%s", sent_text(keybag_client_message(asking->client)));
	switch (error) {
	case -EKEYREJECTED:
		return EXIT_WRONG_PASSCODE;
	case -EAGAIN:
		return EXIT_THROTTLED;
	case -EBADMSG:
	case -EPROTONOSUPPORT:
		return EXIT_DAMAGED;
	case -ENOENT:
		return EXIT_NOT_FOUND;
	case -EINVAL:
		/* Its check digit is wrong: it was not tried. */
		return asking->kind == KEYBAG_PROTECTOR_RECOVERY ? EXIT_WRONG_PASSCODE : EXIT_OTHER;
	case -ECONNREFUSED:
	case -ECONNRESET:
	case -ETIMEDOUT:
	case -ENXIO:
	case -ENODEV:
	case -EMEDIUMTYPE:
		return EXIT_NOT_THERE;
	default:
		return EXIT_OTHER;
	}
}

/* A keybag without a passcode asks for none. */
static int ask_proof(struct asking *asking, bool recovery)
{
	struct keybag_info *info = NULL;
	bool passcode;
	int result = keybag_client_status(asking->client, NULL, &info);

	if (result < 0)
		return fail_client(asking, result);
	passcode = info->status.flags & KEYBAG_STATUS_PASSCODE;
	keybag_info_free(info);
	asking->kind = recovery ? KEYBAG_PROTECTOR_RECOVERY : passcode ? KEYBAG_PROTECTOR_PASSCODE : KEYBAG_PROTECTOR_NONE;
	if (asking->kind == KEYBAG_PROTECTOR_NONE)
		return 0;
	return read_line(recovery ? _("Recovery code of the keybag") : _("Passcode of the keybag"), &asking->proof);
}

static int asking_begin(struct asking *asking, bool recovery)
{
	*asking = (struct asking){ 0 };
	if (keybag_client_new(&asking->client) < 0)
		return complain_other(_("out of memory"));
	return ask_proof(asking, recovery);
}

static int asking_end(struct asking *asking, int result)
{
	if (result < 0)
		result = fail_client(asking, result);
	secret_free(&asking->proof);
	secret_free(&asking->password);
	if (asking->client)
		keybag_client_free(asking->client);
	clear_vector_registers();
	return result;
}

static struct keybag_proof proof_of(uint32_t kind, const struct secret *secret)
{
	return (struct keybag_proof){ .kind = kind, .text = (const char *)secret->data, .length = secret->length };
}

int backup_ticket_create(bool recovery, struct keybag_backup_ticket *ret_ticket)
{
	struct asking asking;
	int result = asking_begin(&asking, recovery);

	if (!result)
		result = ask_new_password(&asking.password);
	if (!result) {
		const struct keybag_proof proof = proof_of(asking.kind, &asking.proof);
		const struct keybag_proof password = proof_of(KEYBAG_PROTECTOR_PASSCODE, &asking.password);

		result = keybag_client_backup_create(asking.client, &proof, &password, ret_ticket, NULL);
	}
	return asking_end(&asking, result);
}

int backup_ticket_open(bool recovery, const uint8_t *form, size_t form_length, struct keybag_backup_ticket *ret_ticket)
{
	struct asking asking;
	int result = asking_begin(&asking, recovery);

	if (!result)
		result = read_line(_("Password of the backup"), &asking.password);
	if (!result) {
		const struct keybag_proof proof = proof_of(asking.kind, &asking.proof);
		const struct keybag_proof password = proof_of(KEYBAG_PROTECTOR_PASSCODE, &asking.password);

		result = keybag_client_backup_open(asking.client, &proof, &password, form, form_length, ret_ticket, NULL);
	}
	return asking_end(&asking, result);
}

struct value *backup_request(const char *operation, const struct keybag_backup_ticket *ticket)
{
	struct value *request = request_plain(operation);

	if (request && !value_set(request, "ticket", value_data(ticket->number, sizeof(ticket->number))))
		return request;
	value_free(request);
	return NULL;
}
