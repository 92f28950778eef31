// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/sent_text.h"
#include "commands.h"
#include "common/printable.h"
#include "complain.h"
#include "device_key.h"
#include "doctor.h"
#include "exit_code.h"
#include "json.h"
#include "keychain_items.h"
#include "organisation.h"
#include "libkeybag/passcode_tpm.h"
#include "report.h"
#include "session.h"

/* So few tries of the TPM that a recovery code is urgent. */
#define FEW_TRIES	16

static void cleanup_infos(struct keybag_info ***infos)
{
	keybag_info_free_all(*infos);
}

/* keybagd tells root alone. */
static bool look_at_device_key(struct keybag_client *client, struct keybag_device_key_info *ret_info)
{
	return !geteuid() && keybag_client_device_key(client, ret_info) == 0;
}

static void print_device_key(struct keybag_client *client)
{
	struct keybag_device_key_info info;

	if (!look_at_device_key(client, &info))
		return;
	printable_line(stdout, _("Device key:  %s"), device_key_meaning(&info));
	if (info.error)
		printable_line(stdout, _("To do:       %s"), sent_text(info.message));
}

/* The number of wrong passcodes that the TPM still takes. */
static void print_tries(struct keybag_client *client, const struct arguments *arguments, const struct keybag_info *info)
{
	uint32_t tries;
	int result;

	if (!(info->status.flags & KEYBAG_STATUS_HARDWARE))
		return;
	result = keybag_client_passcode_tries(client, arguments_whose(arguments), &tries);
	if (result < 0)
		printable_line(stdout, _("To do:       %s"), sent_text(keybag_client_message(client)));
	else if (tries)
		printf(_("TPM:         takes %u more wrong passcodes in a row\n"), tries);
	else
		puts(info->status.flags & KEYBAG_STATUS_RECOVERY ?
		     _("To do:       the TPM takes no passcode any more: 'keybagctl passwd --recovery' sets a new one") :
		     _("To do:       the TPM takes no passcode any more, and there is no recovery code: nothing opens the\n"
		       "             keybag. 'keybagctl destroy' makes room for another"));
	if (!result && tries && tries <= FEW_TRIES && !(info->status.flags & KEYBAG_STATUS_RECOVERY))
		puts(_("To do:       after those nothing opens it: make a recovery code ('keybagctl recovery add')"));
}

static void tries_json(struct keybag_client *client, const struct arguments *arguments, const struct keybag_info *info)
{
	uint32_t tries;

	if (info->status.flags & KEYBAG_STATUS_HARDWARE &&
	    keybag_client_passcode_tries(client, arguments_whose(arguments), &tries) == 0)
		json_number("tpm_tries", tries);
	else
		json_null("tpm_tries");
}

static void print_module(struct keybag_client *client)
{
	struct keybag_version version;

	if (report_module_version(&version) < 0 || version.abi != KEYBAG_ABI_VERSION)
		puts(_("To do:       the kernel module cannot be used: 'keybagctl doctor' names the remedy"));
	else
		printf(_("Module:      %s; %s, %s; %s\n"), version.module, version.aead_driver,
		       version.mac_driver, version.flags & KEYBAG_VERSION_DEVICE_KEY ? _("device key") : _("no device key"));
	print_device_key(client);
	if (!keychain_answers())
		puts(_("To do:       keychaind does not answer, so keychains cannot be used: 'keybagctl doctor' names\n"
		     "             the remedy"));
	if (!panic_wipes())
		puts(_("To do:       a crash dump would have the keys: see 'keybagctl doctor'"));
}

static void module_json(struct keybag_client *client)
{
	struct keybag_device_key_info key;
	struct keybag_version version;

	if (report_module_version(&version) < 0) {
		json_null("module");
		return;
	}
	json_open("module", '{');
	json_text("version", version.module);
	json_number("abi", version.abi);
	json_text("aead_driver", version.aead_driver);
	json_text("mac_driver", version.mac_driver);
	json_boolean("device_key", version.flags & KEYBAG_VERSION_DEVICE_KEY);
	if (look_at_device_key(client, &key) && device_key_place(&key))
		json_text("device_key_source", device_key_place(&key));
	else
		json_null("device_key_source");
	json_boolean("panic_wipe", panic_wipes());
	json_close('}');
}

/* keybagd tells it of keybags that it can load; it is null of others. */
static void timeout_json(struct keybag_client *client, const struct arguments *arguments)
{
	struct keybag_settings settings;

	if (keybag_client_settings(client, arguments_whose(arguments), &settings) == 0)
		report_timeout_json(&settings);
	else
		json_null("lock_after_idle");
}

/* A keybagd of before does not tell of organisations, and there are none then. */
static void print_organisation(struct keybag_client *client, const struct arguments *arguments, bool json)
{
	struct keybag_organisation_info info;
	bool known = keybag_client_organisation(client, arguments_whose(arguments), &info) == 0;

	if (json)
		organisation_json(known ? &info : NULL);
	else if (known)
		organisation_print(&info);
}

int command_status(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	CLEANUP_INFO struct keybag_info *info = NULL;
	struct arguments arguments;
	int result;

	result = session_begin(argc, argv, OPTION_TARGET | OPTION_JSON, 0, &arguments, &client);
	if (result)
		return result;
	result = keybag_client_status(client, arguments_whose(&arguments), &info);
	if (result < 0)
		return complain_of(client, result);
	if (!geteuid() && !arguments.whose_given)
		warn(_("this is root's own keybag; --user NAME or --system means another one"));
	if (arguments_has(&arguments, OPTION_JSON)) {
		json_open(NULL, '{');
		report_json(info);
		tries_json(client, &arguments, info);
		timeout_json(client, &arguments);
		print_organisation(client, &arguments, true);
		module_json(client);
		json_boolean("keychain_answers", keychain_answers());
		json_close('}');
		json_end();
	} else {
		report_print(info);
		if (info->status.type != KEYBAG_TYPE_SYSTEM)
			print_organisation(client, &arguments, false);
		print_tries(client, &arguments, info);
		print_module(client);
	}
	/* Its fault is the answer; the exit status says it to scripts. */
	return info->loaded ? EXIT_DONE : exit_code_of(info->error);
}

/* @uid: room for one that has no name. */
static const char *owner_of(const struct keybag_info *info, char uid[32])
{
	if (info->status.type == KEYBAG_TYPE_SYSTEM)
		return "system";
	if (info->status.owner == KEYBAG_UID_NONE)
		return "?";
	if (*info->owner_name)
		return info->owner_name;
	snprintf(uid, 32, "uid %u", info->status.owner);
	return uid;
}

static const char *passcode_of(const struct keybag_info *info)
{
	if (!report_is_readable(info))
		return "?";
	return info->status.flags & KEYBAG_STATUS_PASSCODE ? "passcode" : "-";
}

static void print_line(const struct keybag_info *info)
{
	char text[KEYBAG_UUID_TEXT_SIZE], uid[32];
	const char *owner = owner_of(info, uid);

	keybag_uuid_format(info->status.uuid, text);
	printable_line(stdout, "%-36s  %-*s  %-19s  %s", text, translate_width(owner, 16), owner, report_state(info),
		       passcode_of(info));
}

int command_list(int argc, char **argv)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	CLEANUP(cleanup_infos) struct keybag_info **infos = NULL;
	struct arguments arguments;
	bool unusable = false;
	size_t i;
	int result;

	result = session_begin(argc, argv, OPTION_JSON, 0, &arguments, &client);
	if (result)
		return result;
	result = keybag_client_list(client, &infos);
	if (result < 0)
		return complain_of(client, result);
	if (arguments_has(&arguments, OPTION_JSON)) {
		json_open(NULL, '{');
		json_number("format", REPORT_JSON_FORMAT);
		json_open("keybags", '[');
		for (i = 0; infos[i]; i++) {
			json_open(NULL, '{');
			report_json(infos[i]);
			json_close('}');
		}
		json_close(']');
		json_close('}');
		json_end();
		return EXIT_DONE;
	}
	for (i = 0; infos[i]; i++) {
		print_line(infos[i]);
		unusable |= !infos[i]->loaded && infos[i]->error == -ENXIO;
	}
	if (unusable)
		warn(_("the kernel module cannot be used: 'keybagctl doctor' names the remedy"));
	return EXIT_DONE;
}
