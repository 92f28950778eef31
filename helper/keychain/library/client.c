// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client.h"
#include "answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cancellation.h"
#include "helper/common/utf8.h"
#include "helper/keychain/include/keychain-status.h"

int keychain_client_new(struct keychain_client **ret_client)
{
	struct keychain_client *client = calloc(1, sizeof(*client));

	if (!client)
		return errSecAllocate;
	client->socket = OWNED_DESCRIPTOR_NONE;
	client->limit_ns = KEYCHAIN_TIME_LIMIT_NS;
	client->user = -1;
	client->behalf = BEHALF_NONE;
	*ret_client = client;
	return 0;
}

void keychain_client_free(struct keychain_client *client)
{
	NOT_CANCELLED;

	if (!client)
		return;
	client_disconnect(client);
	client_forget_behalf(&client->behalf);
	free(client->keychain);
	free(client->message);
	free(client);
}

void keychain_client_set_time_limit(struct keychain_client *client, uint64_t limit_ns)
{
	client->limit_ns = limit_ns;
}

void keychain_client_set_progress(struct keychain_client *client, keychain_progress progress,
				  void *context)
{
	client->progress = progress;
	client->progress_context = context;
}

int keychain_client_choose(struct keychain_client *client, const char *keychain)
{
	char *copy;

	if (keychain && !utf8_valid(keychain, strlen(keychain)))
		return client_fail(client, errSecParam,
				   "keychain_client_choose: text that is not UTF-8");
	copy = keychain ? strdup(keychain) : NULL;
	if (keychain && !copy)
		return client_fail(client, errSecAllocate, "out of memory");
	free(client->keychain);
	client->keychain = copy;
	client->system = false;
	return 0;
}

void keychain_client_choose_system(struct keychain_client *client)
{
	free(client->keychain);
	client->keychain = NULL;
	client->system = true;
}

void client_mean_system(struct keychain_client *client)
{
	client->system = true;
}

void keychain_client_choose_user(struct keychain_client *client, uid_t uid)
{
	client->user = (int64_t)uid;
}

/* Above the numbers of the standard streams: what the program prints would go there. */
int client_copy_behalf(const struct owned_descriptor *behalf, struct owned_descriptor *ret_copy)
{
	int copy;

	if (behalf->number < 0) {
		*ret_copy = *behalf;
		return 0;
	}
	copy = fcntl(behalf->number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (copy < 0)
		return -errno;
	*ret_copy = owned_descriptor_of(copy);
	return 0;
}

void client_forget_behalf(struct owned_descriptor *behalf)
{
	owned_descriptor_close(behalf);
}

int keychain_client_set_behalf(struct keychain_client *client, int pidfd)
{
	NOT_CANCELLED;
	const struct owned_descriptor given = { .number = pidfd };
	int result;

	client_forget_behalf(&client->behalf);
	/* A program that does not look at what is returned must not ask in its own name. */
	client->behalf = BEHALF_FAILED;
	result = pidfd < 0 ? -EBADF : client_copy_behalf(&given, &client->behalf);
	if (!result)
		return 0;
	return client_fail(client, result == -EBADF ? errSecParam : errSecAllocate, "keychain_client_set_behalf: %s",
			   result == -EBADF ? "no descriptor" : strerrordesc_np(-result));
}

void keychain_client_unset_behalf(struct keychain_client *client)
{
	NOT_CANCELLED;

	client_forget_behalf(&client->behalf);
}

bool keychain_client_pending(const struct keychain_client *client)
{
	return client && client->pending;
}

const char *keychain_client_message(const struct keychain_client *client)
{
	return client->message ? client->message : client->text;
}

int client_fail(struct keychain_client *client, int status, const char *format, ...)
{
	va_list arguments;

	free(client->message);
	client->message = NULL;
	va_start(arguments, format);
	vsnprintf(client->text, sizeof(client->text), format, arguments);
	va_end(arguments);
	return status;
}

int client_add_target(const struct keychain_client *client, struct value *request)
{
	int result = 0;

	if (client->keychain && !value_get(request, "keychain"))
		result = value_set(request, "keychain", value_string(client->keychain));
	if (!result && client->system && !value_get(request, "system"))
		result = value_set(request, "system", value_boolean(true));
	if (!result && client->user >= 0 && !value_get(request, "user"))
		result = value_set(request, "user", value_integer(client->user));
	return result;
}

int client_finish(struct keychain_client *client, struct value *answer, struct value **ret_answer)
{
	int status = answer_status(answer);
	const char *message;

	if (!answer)
		return client_fail(client, errSecAllocate, "out of memory");
	message = value_as_string(value_get(answer, "message"));
	client_fail(client, status, "%s", status ? keychain_status_text(status) : "");
	if (status && message)
		client->message = strdup(message);
	if (!status && ret_answer)
		*ret_answer = answer;
	else
		value_free(answer);
	return status;
}

int client_execute(struct keychain_client *client, struct value *request, struct value **ret_answer)
{
	struct value *answer = NULL;

	if (request && client_add_target(client, request) == 0)
		answer = client_exchange(client, request);
	value_free(request);
	return client_finish(client, answer, ret_answer);
}

int client_execute_page(struct keychain_client *client, const struct value *request, struct value **ret_answer)
{
	return client_finish(client, client_exchange_page(client, request), ret_answer);
}
