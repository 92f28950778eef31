// SPDX-License-Identifier: GPL-2.0-or-later
#include "confirm.h"

#include <stdio.h>
#include <unistd.h>

#include "complain.h"
#include "execute.h"
#include "helper/cli/answer.h"
#include "helper/common/cleanup.h"
#include "stream.h"

bool confirm_at_terminal(void)
{
	return isatty(STDIN_FILENO);
}

int confirm_loss(const char *loss)
{
	CLEANUP_SECRET struct secret answer = SECRET_NONE;
	CLEANUP_FREE char *question = NULL;

	if (!confirm_at_terminal())
		return complain_usage(_("%s Nothing was changed: without a terminal this needs --yes"), loss);
	if (asprintf(&question, _("%s Type yes to go on: "), loss) < 0)
		return complain_other(_("out of memory"));
	if (stream_ask_shown(question, &answer) < 0 || !answer_is_yes((const char *)answer.data))
		return complain_other(_("nothing was changed"));
	return 0;
}

int confirm_number(const char *format, int64_t count, const char *what)
{
	CLEANUP_FREE char *sentence = NULL;

	if (asprintf(&sentence, format, (long long)count, what) < 0)
		return complain_other(_("out of memory"));
	return confirm_loss(sentence);
}

int confirm_count(struct keychain_client *client, const struct value *request, int64_t *ret_count)
{
	struct value *trial = value_copy(request), *answer = NULL;
	const struct value *count;
	int status;

	request_set(&trial, "options", "dry_run", value_boolean(true));
	status = execute_quietly(client, trial, &answer);
	count = value_get(answer, "count");
	if (!count)
		count = value_get(value_get(answer, "result"), "count");
	*ret_count = value_as_integer(count);
	value_free(answer);
	return status;
}
