// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybagd, and the keybags it knows.
 */
#include <errno.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/organisation_text.h"
#include "cli/sent_text.h"
#include "doctor.h"
#include "libkeybag/passcode_tpm.h"
#include "session.h"

#define ANSWER_NS	UINT64_C(5000000000)

static const char *remedy_of(int error)
{
	switch (error) {
	case -ECONNREFUSED:
		/* A restart also where the socket is active and its name is gone. */
		return _("'systemctl enable keybagd.socket keybagd.service' and 'systemctl restart keybagd.socket "
			 "keybagd.service' as root; 'journalctl -u keybagd' says why it stopped");
	case -ETIMEDOUT:
		return _("'systemctl restart keybagd' as root: keybags stay as they are");
	case -EPROTO:
		return _("'systemctl restart keybagd' as root, so that it is of the release that is installed");
	default:
		return "'journalctl -u keybagd'";
	}
}

void doctor_daemon(struct patient *patient)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	int result = keybag_client_new(&client);

	if (!result) {
		keybag_client_set_time_limit(client, ANSWER_NS);
		result = keybag_client_list(client, &patient->infos);
	}
	if (result < 0) {
		doctor_say(VERDICT_ERROR, "daemon", remedy_of(result), "%s",
			   sent_text(client ? keybag_client_message(client) : keybag_error_text(result)));
		patient->infos = NULL;
	} else {
		patient->have_list = true;
		patient->have_key = !geteuid() && keybag_client_device_key(client, &patient->key) == 0;
		doctor_say(VERDICT_OK, "daemon", NULL, _("keybagd answers"));
	}
	doctor_start();
}

/*
 * The hash of the login password is another way to test a guess at the passcode, for whoever has the
 * disk; what a guess costs there depends on the method.
 */
static void check_shadow(const char *name)
{
	struct spwd *entry = getspnam(name);
	const char *hash = entry ? entry->sp_pwdp : NULL;

	/* The hash of an account whose password was locked stays behind the mark. */
	while (hash && *hash == '!')
		hash++;
	if (!hash || !*hash || strchr("*x", *hash))
		return;
	if (!strncmp(hash, "$y$", 3) || !strncmp(hash, "$gy$", 4) || !strncmp(hash, "$7$", 3))
		doctor_say(VERDICT_NOTE, "shadow", NULL,
			   _("the login password of %s is in /etc/shadow as well: if it is the keybag's passcode, "
			     "anyone who has the disk can guess it there, too"), name);
	else
		doctor_say(VERDICT_WARNING, "shadow",
			   _("have pam_unix use yescrypt and set the login password again, or give the "
			   "keybag a passcode of its own ('keybagctl passwd')"),
			   _("the login password of %s is in /etc/shadow with a hash that is cheap to guess: if it is the "
			     "keybag's passcode, anyone who has the disk can guess it there, too"), name);
	explicit_bzero(entry->sp_pwdp, strlen(entry->sp_pwdp));
}

/* By keybagd, which asks the TPM. */
static void check_tries(const struct keybag_info *info, const char *name)
{
	struct keybag_whose by_uuid = { .by = KEYBAG_WHOSE_UUID };
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	uint32_t tries;

	memcpy(by_uuid.uuid, info->status.uuid, sizeof(by_uuid.uuid));
	if (keybag_client_new(&client) < 0)
		return;
	if (keybag_client_passcode_tries(client, &by_uuid, &tries) < 0)
		doctor_say(VERDICT_ERROR, "passcode-tpm", sent_text(keybag_client_message(client)),
			   _("%s: the TPM does not check its passcode"), name);
	else if (!tries)
		doctor_say(VERDICT_ERROR, "passcode-tpm", info->status.flags & KEYBAG_STATUS_RECOVERY ?
			   _("'keybagctl passwd --recovery' sets a new one with the recovery code") :
			   _("nothing opens it any more: 'keybagctl destroy' makes room for another"),
			   _("%s: the TPM has taken %u wrong passcodes and takes no passcode any more"), name, KEYBAG_TPM_TRIES);
	else
		doctor_say(VERDICT_OK, "passcode-tpm", NULL, _("%s: the TPM takes %u more wrong passcodes"), name, tries);
}

static void check_keybag(const struct keybag_info *info, const char *name)
{
	const struct keybag_status *status = &info->status;

	if (!info->loaded && info->error) {
		doctor_say(VERDICT_ERROR, "keybag", sent_text(info->message), _("%s cannot be used"), name);
		return;
	}
	if (info->warnings & KEYBAG_WARNING_RECOVERY_OPEN)
		doctor_say(VERDICT_WARNING, "recovery",
			   status->flags & KEYBAG_STATUS_RECOVERY ?
			   _("its owner shows that it was kept: 'keybagctl recovery confirm'") :
			   _("'keybagctl recovery add' makes one, 'keybagctl recovery refuse' ends this"),
			   _("%s has no confirmed recovery code: a lost device key or a forgotten passcode "
			   "loses everything"), name);
	if (info->warnings & KEYBAG_WARNING_KDF_WEAK)
		doctor_say(VERDICT_WARNING, "kdf", _("set the passcode again: 'keybagctl passwd'"),
			   _("%s: a guess at its passcode is cheap (%u KiB)"), name, info->kdf.memory_kib);
	if (info->warnings & KEYBAG_WARNING_DISABLED)
		doctor_say(VERDICT_ERROR, "passcode", _("its owner sets a new one with the recovery code: 'keybagctl passwd "
			   "--recovery'; without a code, root takes back tenth-failure in keybagd.conf(5)"),
			   _("%s: its passcode is disabled after too many wrong ones"), name);
	if (info->warnings & KEYBAG_WARNING_LOGIN_DIFFERS)
		doctor_say(VERDICT_NOTE, "passcode", _("its owner sets the login password as the passcode with 'keybagctl "
			   "passwd', or opens it with 'keybagctl unlock'"),
			   _("%s: its passcode is not the login password, so logins leave it closed"), name);
	if (status->flags & KEYBAG_STATUS_HARDWARE)
		check_tries(info, name);
	if (status->flags & KEYBAG_STATUS_RECORD_DIRTY)
		doctor_say(VERDICT_WARNING, "record", _("make room on the disk; see the journal of keybagd"),
			   _("%s: its record of wrong answers is not saved"), name);
	if (status->type == KEYBAG_TYPE_USER && !(status->flags & KEYBAG_STATUS_PASSCODE))
		doctor_say(VERDICT_NOTE, "passcode", "'keybagctl passwd --set'",
			   _("%s has no passcode: it never locks"), name);
	if (!geteuid() && status->flags & KEYBAG_STATUS_PASSCODE && *info->owner_name)
		check_shadow(info->owner_name);
}

static void name_of(const struct keybag_info *info, char *ret_name, size_t size)
{
	char uuid[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(info->status.uuid, uuid);
	if (info->status.type == KEYBAG_TYPE_SYSTEM)
		snprintf(ret_name, size, _("the keybag of the system"));
	else if (*info->owner_name)
		snprintf(ret_name, size, _("the keybag of %s"), info->owner_name);
	else
		snprintf(ret_name, size, _("keybag %s"), uuid);
}

/* Nothing to mend, and to be known: someone else opens it. */
static void check_organisation(struct keybag_client *client, const struct keybag_info *info, const char *name)
{
	struct keybag_whose whose = { .by = KEYBAG_WHOSE_UUID };
	struct keybag_organisation_info organisation;
	char text[ORGANISATION_TEXT_SIZE];

	memcpy(whose.uuid, info->status.uuid, KEYBAG_UUID_SIZE);
	if (keybag_client_organisation(client, &whose, &organisation) < 0)
		return;
	if (organisation.present.present)
		doctor_say(VERDICT_NOTE, "organisation", NULL, _("%s can be opened by an organisation, too: %s"), name,
			   organisation_text(&organisation.present, text));
	if (organisation.present.present && !organisation.present.known)
		doctor_say(VERDICT_WARNING, "organisation", _("'keybagctl organisation add --replace' with its certificate"),
			   _("%s: the certificate of its organisation is not here: its code could not be renewed after a use"), name);
	if (organisation_is_to_come(&organisation) && info->status.type == KEYBAG_TYPE_USER)
		doctor_say(VERDICT_NOTE, "organisation", NULL, _("%s can be opened by the organisation of keybagd.conf from the next change of "
			   "passcode on: %s"), name, organisation_text(&organisation.configured, text));
}

static void check_configured(struct keybag_client *client)
{
	struct keybag_organisation_info info;

	if (keybag_client_organisation(client, NULL, &info) == 0 && *info.problem)
		doctor_say(VERDICT_WARNING, "organisation", _("mend it, then 'systemctl reload keybagd'"),
			   _("organisation-certificate in keybagd.conf is not used: %s"), sent_text(info.problem));
}

void doctor_keybags(const struct patient *patient)
{
	CLEANUP_CLIENT struct keybag_client *client = NULL;
	char name[320];
	size_t i;

	if (!patient->have_list) {
		doctor_say(VERDICT_SKIPPED, "keybags", NULL, _("keybagd does not answer"));
		return;
	}
	if (keybag_client_new(&client) == 0) {
		keybag_client_set_time_limit(client, ANSWER_NS);
		check_configured(client);
	}
	for (i = 0; patient->infos[i]; i++) {
		name_of(patient->infos[i], name, sizeof(name));
		check_keybag(patient->infos[i], name);
		if (client)
			check_organisation(client, patient->infos[i], name);
	}
	if (i)
		doctor_say(VERDICT_OK, "keybags", NULL, translate_count("%zu keybag looked at", "%zu keybags looked at", i), i);
	else
		doctor_say(VERDICT_NOTE, "keybags", "'keybagctl create'", "%s",
			   geteuid() ? _("you have no keybag") : _("there is no keybag yet"));
}
