// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/sent_text.h"
#include "common/printable.h"
#include "complain.h"
#include "exit_code.h"
#include "json.h"
#include "keychain_items.h"
#include "report.h"

#define SECOND_NS	UINT64_C(1000000000)

int session_open(struct keybag_client **ret_client)
{
	int result = keybag_client_new(ret_client);

	if (result < 0)
		return complain(exit_code_of(result), "%s", explain_error(result));
	return 0;
}

int session_check_daemon(struct keybag_client *client)
{
	struct keybag_info **infos = NULL;
	int result = keybag_client_list(client, &infos);

	keybag_info_free_all(infos);
	return result < 0 ? complain_of(client, result) : 0;
}

int session_begin(int argc, char **argv, unsigned int accepted, int most,
		  struct arguments *ret_arguments, struct keybag_client **ret_client)
{
	int result = arguments_read(argc, argv, accepted, most, ret_arguments);

	return result ? result : session_open(ret_client);
}

int session_check_tries(const struct keybag_info *info, bool recovery)
{
	uint64_t seconds = (info->status.retry_after_ns + SECOND_NS - 1) / SECOND_NS;

	/* To wait would not help. */
	if (!recovery && info->warnings & KEYBAG_WARNING_DISABLED)
		return complain(EXIT_FAILED, _("its passcode is disabled after %u wrong ones: 'keybagctl passwd --recovery' "
				"sets a new one with the recovery code"), info->status.failures);
	if (!seconds)
		return 0;
	return complain(EXIT_THROTTLED, _("%u wrong answers so far: nothing is tried now, wait %llu s"),
			info->status.failures, (unsigned long long)seconds);
}

int session_ask(struct keybag_client *client, const struct arguments *arguments, bool recovery,
		const char *prompt, struct secret *ret_secret, struct keybag_proof *ret_proof)
{
	CLEANUP_INFO struct keybag_info *info = NULL;
	int result = keybag_client_status(client, arguments_whose(arguments), &info);

	if (result < 0)
		return complain_of(client, result);
	/* Nothing is known of a damaged one; keybagd says what is wrong with it. */
	if (!recovery && !(info->status.flags & KEYBAG_STATUS_PASSCODE)) {
		*ret_proof = (struct keybag_proof){ .kind = KEYBAG_PROTECTOR_NONE };
		return 0;
	}
	result = session_check_tries(info, recovery);
	if (!result)
		result = prompt_secret(recovery ? _("Recovery code") : _(prompt), ret_secret);
	if (result)
		return result;
	*ret_proof = prompt_proof(recovery ? KEYBAG_PROTECTOR_RECOVERY : KEYBAG_PROTECTOR_PASSCODE,
				  ret_secret);
	return 0;
}

/* keybagd has not tried it: its check digit is wrong. */
static bool is_mistyped(int error, const struct keybag_proof *proof)
{
	return error == -EINVAL && proof->kind == KEYBAG_PROTECTOR_RECOVERY;
}

bool session_worth_another(int error, const struct keybag_proof *proof)
{
	return error == -EKEYREJECTED || is_mistyped(error, proof);
}

int session_complain_secret(struct keybag_client *client, const struct keybag_proof *proof, int error)
{
	int code = complain_of(client, error);

	return is_mistyped(error, proof) ? EXIT_WRONG_PASSCODE : code;
}

void session_print_uuid(const struct arguments *arguments, const char *text, const uint8_t *uuid)
{
	char name[KEYBAG_UUID_TEXT_SIZE];

	if (uuid)
		keybag_uuid_format(uuid, name);
	if (!arguments_has(arguments, OPTION_JSON)) {
		printable_line(stdout, text, name);
		return;
	}
	json_open(NULL, '{');
	json_number("format", REPORT_JSON_FORMAT);
	if (uuid)
		json_text("uuid", name);
	else
		json_null("uuid");
	json_close('}');
	json_end();
}

int session_try(struct keybag_client *client, const struct arguments *arguments, const struct session_step *step)
{
	int left = prompt_at_terminal() ? PROMPT_TRIES : 1;

	for (;;) {
		CLEANUP_SECRET struct secret secret = SECRET_NONE;
		struct keybag_attempt attempt = { 0 };
		struct keybag_proof proof;
		int result = session_ask(client, arguments, step->recovery, step->prompt, &secret, &proof);

		if (result)
			return result;
		result = step->run(client, arguments, &proof, &attempt, step->context);
		if (result > 0)
			return result;
		if (!result) {
			warn_of_attempt(&attempt);
			return EXIT_DONE;
		}
		if (!--left || !session_worth_another(result, &proof))
			return session_complain_secret(client, &proof, result);
		warn("%s", sent_text(keybag_client_message(client)));
	}
}

const char *session_user_name(const struct arguments *arguments)
{
	uint32_t by = arguments->whose_given ? arguments->whose.by : KEYBAG_WHOSE_OWN;
	const struct passwd *account = NULL;

	if (by == KEYBAG_WHOSE_OWN || by == KEYBAG_WHOSE_UID)
		account = getpwuid(by == KEYBAG_WHOSE_OWN ? geteuid() : arguments->whose.uid);
	return account ? account->pw_name : "";
}

/* The keybag and its owner, as a sentence: under sudo, or with two keybags, another may be meant. */
static void describe_keybag(const struct keybag_info *info, char *ret_text, size_t size)
{
	char uuid[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(info->status.uuid, uuid);
	if (info->status.type == KEYBAG_TYPE_SYSTEM)
		snprintf(ret_text, size, _("This is the system keybag, %s."), uuid);
	else if (info->status.owner == KEYBAG_UID_NONE)
		snprintf(ret_text, size, _("This is keybag %s, whose file is damaged."), uuid);
	else
		snprintf(ret_text, size, _("This is the keybag of %s (uid %u), %s."),
			 *info->owner_name ? info->owner_name : "?", info->status.owner, uuid);
}

/* The items of keychains that go, as a sentence; "" for none. */
static void describe_items(struct keybag_client *client, const struct arguments *arguments, enum keychain_kind kind,
			   char *ret_text, size_t size)
{
	char items[KEYCHAIN_ITEMS_SIZE];
	int result = keychain_items(client, arguments_whose(arguments), kind, items);

	if (result < 0)
		snprintf(ret_text, size, _("Items of keychains will be lost too; how many is not known: keychaind does not "
			 "say."));
	else if (*items)
		snprintf(ret_text, size, _("%s will be lost."), items);
	else
		*ret_text = 0;
}

static void add_sentence(char *text, size_t size, const char *sentence)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s%s", length ? " " : "", sentence);
}

int session_confirm_loss(struct keybag_client *client, const struct arguments *arguments, unsigned int losses)
{
	char items[KEYCHAIN_ITEMS_SIZE + 128] = "", question[1536];
	CLEANUP_INFO struct keybag_info *info = NULL;
	int result = keybag_client_status(client, arguments_whose(arguments), &info);

	if (result < 0)
		return complain_of(client, result);
	describe_keybag(info, question, sizeof(question));
	if (losses & (LOSS_ALL | LOSS_AKPU))
		describe_items(client, arguments, losses & LOSS_ALL ? KEYCHAIN_ALL : KEYCHAIN_AKPU, items, sizeof(items));
	if (*items)
		add_sentence(question, sizeof(question), items);
	if (losses & LOSS_ALL)
		add_sentence(question, sizeof(question), _("Everything sealed under this keybag will be lost for ever."));
	if (losses & LOSS_AKPU)
		add_sentence(question, sizeof(question), _("Everything sealed under its class akpu will be lost for ever."));
	if (losses & LOSS_RECOVERY)
		add_sentence(question, sizeof(question), _("Its present recovery code will be void."));
	if (!arguments_has(arguments, OPTION_YES))
		return prompt_confirm(question);
	if (*items)
		warn("%s", items);
	return 0;
}
