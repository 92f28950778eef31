// SPDX-License-Identifier: GPL-2.0-or-later
#include "portal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/daemon/closer.h"
#include "helper/daemon/log.h"
#include "helper/daemon/name_owner.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/bus/path.h"
#include "helper/secretservice/bus/secret_pipe.h"
#include "helper/secretservice/client/client.h"
#include "helper/secretservice/store/collection_names.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/portal_secret.h"
#include "open.h"
#include "prompt.h"

#define SECRET_INTERFACE	"org.freedesktop.impl.portal.Secret"
#define REQUEST_INTERFACE	"org.freedesktop.impl.portal.Request"

/* The secrets are in this keychain: a program that locks its collection locks them as well. */
#define COLLECTION		COLLECTIONS_PATH "/" FIRST_COLLECTION

/* On whose account descriptors are closed. */
#define APPLICATIONS		UINT64_C(1)

/* For an open keybag whose keychain does not answer, 2 s apart, as while it is started again. */
#define ATTEMPTS_MAX		10

enum response {
	RESPONSE_DONE = 0,
	RESPONSE_DECLINED = 1,
	RESPONSE_OTHER = 2,
};

/* One call of RetrieveSecret(). It belongs to its prompt. */
struct retrieval {
	struct retrieval *next;
	struct client *client;
	struct prompt *prompt;
	sd_bus_message *reply;		/* NULL: it was answered */
	sd_bus_slot *request;		/* its object */
	int descriptor;			/* of its own: the message is gone long before */
	unsigned int attempts;		/* that the keychain did not answer */
	char application[PORTAL_APPLICATION_SIZE];
};

static struct name_owner portal = { .name = "org.freedesktop.portal.Desktop" };
static struct retrieval *first;

static int reply(sd_bus_message *call, enum response response)
{
	return sd_bus_reply_method_return(call, "ua{sv}", (unsigned int)response, 0);
}

/* ---- calls that wait ---- */

static int hand_over(const struct retrieval *retrieval, const struct secret *secret)
{
	int result = secret_pipe_write(retrieval->descriptor, secret->data, secret->length);

	if (result < 0)
		log_warning("the portal's secret could not be handed over to the application '%s': %s", retrieval->application,
			    result == -ESPIPE ? "what it has sent is no pipe and no local socket" : strerrordesc_np(-result));
	return result;
}

/* It may take as long as the application likes. */
static void close_descriptor(struct retrieval *retrieval)
{
	closer_close(APPLICATIONS, &retrieval->descriptor, 1);
	retrieval->descriptor = -1;
}

/* Once. */
static void answer(struct retrieval *retrieval, enum response response)
{
	if (retrieval->reply && sd_bus_message_append(retrieval->reply, "ua{sv}", (unsigned int)response, 0) >= 0)
		sd_bus_send(sd_bus_message_get_bus(retrieval->reply), retrieval->reply, NULL);
	retrieval->reply = sd_bus_message_unref(retrieval->reply);
	close_descriptor(retrieval);
}

static bool has_to_wait(struct retrieval *retrieval, int status)
{
	return status == errSecInteractionNotAllowed ||
	       (status == errSecNotAvailable && ++retrieval->attempts < ATTEMPTS_MAX);
}

static int serve_retrieval(void *context)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	struct retrieval *retrieval = context;
	int status = portal_secret_get(retrieval->application, &secret);

	if (has_to_wait(retrieval, status))
		return status;
	if (status && status != errSecDecode)
		log_warning("the application '%s' gets no secret of the portal's: %s", retrieval->application, library_message());
	answer(retrieval, !status && hand_over(retrieval, &secret) >= 0 ? RESPONSE_DONE : RESPONSE_OTHER);
	return 0;
}

static void decline_retrieval(void *context)
{
	answer(context, RESPONSE_DECLINED);
}

static void release_retrieval(void *context)
{
	struct retrieval *retrieval = context, **at = &first;

	while (*at && *at != retrieval)
		at = &(*at)->next;
	if (*at)
		*at = retrieval->next;
	sd_bus_slot_unref(retrieval->request);
	sd_bus_message_unref(retrieval->reply);
	close_descriptor(retrieval);
	free(retrieval);
}

static const struct prompt_call waiting = { serve_retrieval, decline_retrieval, release_retrieval };

static void end_retrieval(struct retrieval *retrieval)
{
	answer(retrieval, RESPONSE_OTHER);
	prompt_take_back(retrieval->client, retrieval->prompt);
}

void portal_end(void)
{
	while (first)
		end_retrieval(first);
}

/* ---- objects of calls ---- */

static int close_request(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct retrieval *retrieval = context;
	int result;

	if (client_of(message) != retrieval->client)
		return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "that request is another program's");
	end_retrieval(retrieval);
	/* Not 0, for which sd-bus would look for the object once more. */
	result = sd_bus_reply_method_return(message, NULL);
	return result < 0 ? result : 1;
}

static const sd_bus_vtable request_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Close", "", "", close_request, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

/* ---- the portal ---- */

static bool has_room(const char *application)
{
	unsigned int all = 0, own = 0;

	for (const struct retrieval *retrieval = first; retrieval; retrieval = retrieval->next) {
		all++;
		own += !strcmp(retrieval->application, application);
	}
	return all < PORTAL_WAITING && own < PORTAL_APPLICATION_WAITING;
}

static int retrieval_new(sd_bus_message *call, const char *handle, const char *application, int descriptor)
{
	struct retrieval *retrieval = calloc(1, sizeof(*retrieval));
	int result;

	if (!retrieval)
		return -ENOMEM;
	strcpy(retrieval->application, application);
	retrieval->client = client_of(call);
	retrieval->next = first;
	first = retrieval;
	retrieval->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	result = retrieval->descriptor < 0 ? -errno : sd_bus_message_new_method_return(call, &retrieval->reply);
	if (result < 0) {
		release_retrieval(retrieval);
		return result;
	}
	result = prompt_new_call(retrieval->client, &waiting, retrieval, COLLECTION, &retrieval->prompt);
	if (result < 0)
		return result;
	result = sd_bus_add_object_vtable(sd_bus_message_get_bus(call), &retrieval->request, handle, REQUEST_INTERFACE, request_vtable,
					  retrieval);
	if (result < 0) {
		prompt_take_back(retrieval->client, retrieval->prompt);
		return result == -EEXIST ? -EINVAL : result;
	}
	prompt_show(retrieval->client, retrieval->prompt, call);
	return 0;
}

bool portal_sent(sd_bus_message *message)
{
	return name_owner_sent(&portal, message);
}

static bool is_from_portal(sd_bus_message *message)
{
	const struct client *client = client_of(message);

	return client && portal_sent(message) && client_may_manage(client);
}

static int retrieve_secret(sd_bus_message *message, void *context, sd_bus_error *error)
{
	const char *handle, *application;
	int result, descriptor;

	(void)context;
	if (!is_from_portal(message))
		return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "only xdg-desktop-portal gets the secrets of applications");
	result = sd_bus_message_read(message, "osh", &handle, &application, &descriptor);
	if (result >= 0 && !portal_application_valid(application))
		result = -EINVAL;
	if (result < 0)
		return failure_of_errno(result, error);
	if (closer_is_full(APPLICATIONS) || !has_room(application)) {
		log_warning("the application '%s' waits for the portal's secret too often, or too many applications do", application);
		return reply(message, RESPONSE_OTHER);
	}
	open_without_passcode(FIRST_COLLECTION);
	result = retrieval_new(message, handle, application, descriptor);
	return result < 0 ? failure_of_errno(result, error) : 1;
}

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *answer,
		       void *context, sd_bus_error *error)
{
	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)context;
	(void)error;
	return sd_bus_message_append(answer, "u", 1);
}

static const sd_bus_vtable secret_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_NAMES("RetrieveSecret", "osha{sv}", SD_BUS_PARAM(handle) SD_BUS_PARAM(app_id) SD_BUS_PARAM(fd)
				 SD_BUS_PARAM(options), "ua{sv}", SD_BUS_PARAM(response) SD_BUS_PARAM(results), retrieve_secret,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("version", "u", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_VTABLE_END,
};

int portal_export(sd_bus *bus)
{
	int result = name_owner_follow(&portal, bus, false);

	if (result >= 0)
		result = sd_bus_add_object_vtable(bus, NULL, PORTAL_PATH, SECRET_INTERFACE, secret_vtable, NULL);
	return result < 0 ? result : 0;
}
