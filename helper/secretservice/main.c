// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybag-secret-service: the Secret Service of a user, whose secrets are items of their keychains.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "helper/common/settings_file.h"
#include "helper/common/version.h"
#include "helper/daemon/last_close.h"
#include "helper/daemon/log.h"
#include "helper/daemon/loop.h"
#include "helper/daemon/name_owner.h"
#include "helper/daemon/protect.h"
#include "helper/keychain/rules/class_rules.h"
#include "helper/secretservice/bus/claim.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/bus/kept_messages.h"
#include "helper/secretservice/client/ask.h"
#include "helper/secretservice/client/client.h"
#include "helper/secretservice/client/listed.h"
#include "helper/secretservice/client/prompt.h"
#include "helper/secretservice/client/seen.h"
#include "helper/secretservice/client/session.h"
#include "helper/secretservice/export/announce.h"
#include "helper/secretservice/export/collection.h"
#include "helper/secretservice/export/item.h"
#include "helper/secretservice/export/listing.h"
#include "helper/secretservice/export/portal.h"
#include "helper/secretservice/export/prompt.h"
#include "helper/secretservice/export/service.h"
#include "helper/secretservice/export/session.h"
#include "helper/secretservice/export/state.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/lock_state.h"
#include "helper/secretservice/store/portal_secret.h"
#include "helper/secretservice/store/session_keychain.h"
#include "helper/secretservice/store/settings.h"
#include "helper/secretservice/store/soft_lock.h"
#include "helper/userservice/files.h"
#include "helper/userservice/logout.h"
#include "helper/userservice/system_calls.h"

#define WELL_KNOWN_NAME	"org.freedesktop.secrets"
#define DESCRIPTORS	4096
#define BUS_LIMIT_US	5000000	/* the bus answers at once; clients wait meanwhile */

/* The unit is not to be started again then. */
#define EXIT_NOT_GRANTED	3

static struct {
	const char *name;	/* on the bus */
	bool in_own_name;
	const char *forgotten;	/* application; NULL: it serves */
} options = { .name = WELL_KNOWN_NAME };

static bool denied;	/* a client was, by the keychain, and nobody has looked why */

/* Connections to the user's bus. */
struct buses {
	sd_bus *all, *portal;
};

static int usage(FILE *out)
{
	fputs("usage: keybag-secret-service [--name=NAME] [--in-own-name]\n"
	      "       keybag-secret-service --forget-application=IDENTIFIER\n"
	      "       keybag-secret-service --version\n"
	      "The Secret Service of a user who has a keybag; see keybag-secret-service(8).\n", out);
	return out == stderr ? 2 : 0;
}

static void end_client(struct client *client)
{
	sessions_close_all(client);
	prompts_end_all(client);
	seen_forget(client);
	listed_forget(client);
	if (!prompts_any_shown())
		ask_stop();
}

/* By whoever has sent it to us alone: sd-bus would believe it, and take others for gone. */
static bool pretends_to_be_the_bus(sd_bus_message *message)
{
	return sd_bus_message_is_signal(message, BUS_NAME, NULL) > 0 && !bus_message_is_from(message, BUS_NAME);
}

static bool asks_for_all(sd_bus_message *message)
{
	return sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "GetAll") > 0 &&
	       strcmp(sd_bus_message_get_path(message), PORTAL_PATH);
}

/*
 * Changes are told before a request is answered, and whatever handles it does so for its sender. A sender that cannot be
 * told apart is not served.
 */
static int on_message(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct client *client;
	int status;

	(void)context;
	if (pretends_to_be_the_bus(message))
		return 1;
	library_begin();
	if (sd_bus_message_is_method_call(message, NULL, NULL) <= 0 || !sd_bus_message_get_sender(message))
		return 0;
	state_note();
	status = client_admit(message, &client);
	client_serve(client);
	if (!status)
		client->caches |= asks_for_all(message);
	denied |= status == errSecMissingEntitlement;
	if (status == errSecMissingEntitlement)
		return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "the keychain does not serve this program");
	if (status == errSecNotAvailable)
		return sd_bus_error_set(error, SD_BUS_ERROR_FAILED, "it cannot be told who asks: the journal of this service says why");
	return status ? failure_of_status(status, library_message(), error) : 0;
}

/* On the connection of the portal: nobody else is served there, and what reads a property has no need to be known. */
static int on_portal_message(sd_bus_message *message, void *context, sd_bus_error *error)
{
	kept_messages_add(message);
	if (!portal_sent(message))
		return pretends_to_be_the_bus(message);
	return on_message(message, context, error);
}

static void on_state(void)
{
	library_begin();
	state_note();
}

/* Behind a removal that took as long as it may. */
static void forget_session_lock(void)
{
	library_begin();
	soft_lock_forget(LOGIN_TIME_KEYCHAIN);
}

static void on_logout(void)
{
	library_begin();
	session_keychain_end_login();
	forget_session_lock();
	state_tell_deleted(LOGIN_TIME_KEYCHAIN);
	announce_collection("CollectionChanged", LOGIN_TIME_KEYCHAIN);
}

/* Another file may be in the place of this program, as after an upgrade, and the keychain denies its clients all: the manager starts that one. */
static void end_where_not_granted(sd_event *loop)
{
	if (!failure_take_denied() && !denied)
		return;
	denied = false;
	library_begin();
	if (!library_has_lost_grant())
		return;
	log_notice("the keychain lets this program ask on behalf of nobody any more, as after an upgrade: it ends, and is started again");
	sd_event_exit(loop, 0);
}

/* Nobody is served until the next message comes, and attributes that were read for one do not stay until then. */
static int on_idle(sd_event_source *source, void *context)
{
	(void)context;
	client_serve(NULL);
	item_forget();
	collection_forget();
	kept_messages_release();
	end_where_not_granted(sd_event_source_get_event(source));
	return 0;
}

static void nothing_to_reload(void)
{
}

static int export_all(sd_bus *bus)
{
	int result = sd_bus_add_filter(bus, NULL, on_message, NULL);

	if (result >= 0)
		result = service_export(bus);
	if (result >= 0)
		result = collection_export(bus);
	if (result >= 0)
		result = item_export(bus);
	if (result >= 0)
		result = session_export(bus);
	if (result >= 0)
		result = prompt_export(bus, state_look_again);
	announce_begin(bus);
	listing_begin(bus);
	return result;
}

static int export_portal(sd_bus *bus)
{
	int result = sd_bus_add_filter(bus, NULL, on_portal_message, NULL);

	clients_ask(bus);
	return result < 0 ? result : portal_export(bus);
}

/*
 * The address comes from the environment, which is the user's, and this program may run with a group that the user does not
 * have: only a socket is taken for a bus, not a program that it would start.
 */
static int connect_bus(bool takes_descriptors, sd_bus **ret_bus)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	char own[256];
	int result;

	if (!address) {
		snprintf(own, sizeof(own), "unix:path=/run/user/%u/bus", geteuid());
		address = own;
	}
	if (strncmp(address, "unix:", 5) || strchr(address, ';'))
		return -EINVAL;
	result = sd_bus_new(ret_bus);
	if (result >= 0)
		result = sd_bus_set_address(*ret_bus, address);
	if (result >= 0)
		result = sd_bus_set_bus_client(*ret_bus, true);
	if (result >= 0)
		result = sd_bus_negotiate_fds(*ret_bus, takes_descriptors);
	if (result >= 0)
		result = sd_bus_start(*ret_bus);
	return result;
}

/* Answers to the calls of @begin are not waited for, and come behind whatever is served before. */
static int open_bus(sd_event *loop, bool takes_descriptors, int (*begin)(sd_bus *bus), sd_bus **ret_bus)
{
	int result = connect_bus(takes_descriptors, ret_bus);

	if (result >= 0)
		result = sd_bus_set_exit_on_disconnect(*ret_bus, true);
	if (result >= 0)
		result = sd_bus_set_method_call_timeout(*ret_bus, UINT64_MAX);
	if (result >= 0)
		result = begin(*ret_bus);
	if (result >= 0)
		result = sd_bus_attach_event(*ret_bus, loop, SD_EVENT_PRIORITY_NORMAL);
	if (result >= 0)
		result = sd_bus_set_method_call_timeout(*ret_bus, BUS_LIMIT_US);
	return result;
}

/*
 * The bus hands no descriptor over to the connection that everyone calls: whoever sends one says how long its close takes. The
 * portal's calls have them, and the bus's answers about clients, on a connection of their own.
 */
static int open_buses(sd_event *loop, struct buses *buses)
{
	int result = open_bus(loop, true, export_portal, &buses->portal);

	if (result >= 0)
		result = open_bus(loop, false, export_all, &buses->all);
	if (result >= 0)
		result = ask_begin(buses->all, loop, prompts_dismiss, state_note_answer);
	if (result < 0) {
		log_error("the bus of the user cannot be used: %s", strerrordesc_np(-result));
		return result;
	}
	/* Under another name it is there for tests beside the one that has this one. */
	if (!strcmp(options.name, WELL_KNOWN_NAME))
		claim_beside(buses->portal, PORTAL_NAME);
	return claim_name(buses->all, options.name);
}

/* Messages that were not read yet may have descriptors. */
static void close_portal(void *bus)
{
	kept_messages_release();
	sd_bus_flush_close_unref(bus);
}

static bool warn_of_mistake(void *context, const struct class_rule *rule)
{
	(void)context;
	if (!rule->accessible)
		log_warning("%s, line %u: a rule is 'schema PATTERN CLASS' or 'attribute NAME=PATTERN CLASS'", rule->file, rule->line);
	return true;
}

static void warn_of_file(void *context, const char *file, int error)
{
	(void)context;
	log_warning("no rule of %s counts: it has to be a file that everyone may read (%s)", file, settings_file_problem(error));
}

static void check_class_rules(void)
{
	class_rules_read(warn_of_mistake, warn_of_file, NULL);
}

static int run(void)
{
	struct buses buses = { NULL };
	sd_event *loop = NULL;
	int result, status;

	if (loop_open(&loop, nothing_to_reload) < 0)
		return 1;
	status = library_open(options.in_own_name);
	if (status)
		return status == errSecMissingEntitlement ? EXIT_NOT_GRANTED : 1;
	/* A lock that is not read is forgotten: it does not wait for a removal, which may take long. */
	library_begin();
	soft_lock_begin();
	library_begin();
	if (!session_keychain_begin())
		forget_session_lock();
	files_restrict();
	system_calls_restrict(NULL);
	check_class_rules();
	settings_check();
	clients_on_end(end_client);
	library_begin();
	if (!logout_follow(loop, on_logout, session_keychain_note_login)) {
		session_keychain_end_login();
		forget_session_lock();
	}
	result = lock_state_follow(loop, on_state);
	if (result >= 0)
		result = sd_event_add_post(loop, NULL, on_idle, NULL);
	if (result >= 0)
		result = open_buses(loop, &buses);
	if (result >= 0) {
		state_note();
		sd_notify(0, "READY=1");
		result = sd_event_loop(loop);
		sd_notify(0, "STOPPING=1");
		if (result > 0)
			log_error("the bus has ended the connection");
	}
	/* Some programs wait for nothing else. */
	portal_end();
	prompts_dismiss();
	clients_release_all();
	prompts_end();
	listing_end();
	on_idle(NULL, NULL);
	last_close_elsewhere(close_portal, buses.portal);
	sd_bus_flush_close_unref(buses.all);
	lock_state_end();
	logout_end();
	session_keychain_close();
	library_close();
	/* The loop ends well by SIGTERM and SIGINT alone: where the bus is gone, the manager is to start the service again. */
	return result ? 1 : 0;
}

/* For who has removed an application with its data, or whose secret is damaged. */
static int forget(const char *application)
{
	int status;

	if (!portal_application_valid(application)) {
		log_error("that is no identifier of an application: 'flatpak list' shows them");
		return 2;
	}
	status = library_open(true);
	if (status)
		return 1;
	status = portal_secret_forget(application);
	if (status == errSecItemNotFound)
		log_error("the application '%s' has no secret of the portal's: 'flatpak list' shows identifiers", application);
	else if (status)
		log_error("the secret of the application '%s' could not be forgotten: %s", application,
			  status == errSecInteractionNotAllowed ? "the keybag was not opened yet: use keybagctl unlock" : library_message());
	library_close();
	return status ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "in-own-name", no_argument, NULL, 'o' },
		{ "forget-application", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
		switch (option) {
		case 'n':
			options.name = optarg;
			break;
		case 'o':
			options.in_own_name = true;
			break;
		case 'f':
			options.forgotten = optarg;
			break;
		case 'h':
			return usage(stdout);
		case 'v':
			puts("keybag-secret-service " KEYBAG_VERSION);
			return 0;
		default:
			return usage(stderr);
		}
	}
	if (optind < argc)
		return usage(stderr);
	raise_limits(DESCRIPTORS);
	protect_own_memory();
	return options.forgotten ? forget(options.forgotten) : run();
}
