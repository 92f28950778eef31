// SPDX-License-Identifier: GPL-2.0-or-later
#include "login_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <security/pam_appl.h>

#include "complain.h"

/* keybagctl.pam is installed under this name. */
#define SERVICE	"keybagctl"

struct asked {
	const struct secret *password;
	bool given;
	bool other;		/* the stack asked for something else as well */
};

/* libpam wipes and releases it. Byte by byte: memcpy() would leave it in vector registers. */
static char *copy_of(const struct secret *password)
{
	char *copy = calloc(1, password->length + 1);
	volatile char *end = copy;

	for (size_t i = 0; copy && i < password->length; i++)
		end[i] = (char)password->data[i];
	return copy;
}

static int answer(const struct pam_message *message, struct asked *asked, struct pam_response *response)
{
	switch (message->msg_style) {
	case PAM_PROMPT_ECHO_OFF:
		if (asked->given)
			break;
		asked->given = true;
		response->resp = copy_of(asked->password);
		return response->resp ? PAM_SUCCESS : PAM_BUF_ERR;
	case PAM_TEXT_INFO:
	case PAM_ERROR_MSG:
		warn("%s", message->msg);
		return PAM_SUCCESS;
	default:
		break;
	}
	asked->other = true;
	return PAM_CONV_ERR;
}

static void release(struct pam_response *responses, int count)
{
	for (int i = 0; i < count; i++) {
		if (responses[i].resp)
			explicit_bzero(responses[i].resp, strlen(responses[i].resp));
		free(responses[i].resp);
	}
	free(responses);
}

static int converse(int count, const struct pam_message **messages, struct pam_response **ret_responses, void *context)
{
	struct pam_response *responses;
	int result = PAM_SUCCESS;

	if (count < 1 || count > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	responses = calloc((size_t)count, sizeof(*responses));
	if (!responses)
		return PAM_BUF_ERR;
	for (int i = 0; i < count && result == PAM_SUCCESS; i++)
		result = answer(messages[i], context, &responses[i]);
	if (result == PAM_SUCCESS)
		*ret_responses = responses;
	else
		release(responses, count);
	return result;
}

int login_check(const char *user, const struct secret *password)
{
	struct asked asked = { .password = password };
	const struct pam_conv conversation = { converse, &asked };
	pam_handle_t *handle;
	int result;

	/* PAM's passwords end at a zero. */
	if (memchr(password->data, 0, password->length))
		return -EKEYREJECTED;
	if (pam_start(SERVICE, user, &conversation, &handle) != PAM_SUCCESS)
		return -EOPNOTSUPP;
	result = pam_authenticate(handle, 0);
	pam_end(handle, result);
	if (result == PAM_SUCCESS)
		return asked.given && !asked.other ? 0 : -EOPNOTSUPP;
	return asked.given && !asked.other && (result == PAM_AUTH_ERR || result == PAM_MAXTRIES) ? -EKEYREJECTED :
												   -EOPNOTSUPP;
}
