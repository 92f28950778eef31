// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybagd, and the keybags it knows.
 */
#include <errno.h>
#include <fcntl.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "session.h"

#define ANSWER_NS	UINT64_C(5000000000)

static const char *remedy_of(int error)
{
	switch (error) {
	case -ECONNREFUSED:
		return "'systemctl enable --now keybagd.socket keybagd.service' as root; "
		       "'journalctl -u keybagd' says why it stopped";
	case -ETIMEDOUT:
		return "'systemctl restart keybagd' as root: keybags stay as they are";
	case -EPROTO:
		return "'systemctl restart keybagd' as root, so that it is of the release that is installed";
	default:
		return "'journalctl -u keybagd'";
	}
}

/* Only where systemd runs the machine. */
static void check_start(void)
{
	static const char *const links[] = {
		"/etc/systemd/system/sockets.target.wants/keybagd.socket",
		"/etc/systemd/system/multi-user.target.wants/keybagd.service",
	};
	size_t i;

	if (access("/run/systemd/system", F_OK) < 0)
		return;
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (faccessat(AT_FDCWD, links[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return;
	doctor_say(VERDICT_WARNING, "start", "'systemctl enable keybagd.socket keybagd.service' as root",
		   "keybagd is not started when the machine starts");
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
			   client ? keybag_client_message(client) : keybag_error_text(result));
		patient->infos = NULL;
	} else {
		patient->have_list = true;
		doctor_say(VERDICT_OK, "daemon", NULL, "keybagd answers");
	}
	check_start();
}

/*
 * The hash of the login password is another way to test a guess at the passcode, for whoever has the
 * disk; what a guess costs there depends on the method.
 */
static void check_shadow(const char *name)
{
	static const char twice[] = "if it is the keybag's passcode, anyone who has the disk can guess it there, too";
	struct spwd *entry = getspnam(name);
	const char *hash = entry ? entry->sp_pwdp : NULL;

	if (!hash || !*hash || strchr("*!x", *hash))
		return;
	if (!strncmp(hash, "$y$", 3) || !strncmp(hash, "$gy$", 4) || !strncmp(hash, "$7$", 3))
		doctor_say(VERDICT_NOTE, "shadow", NULL,
			   "the login password of %s is in /etc/shadow as well: %s", name, twice);
	else
		doctor_say(VERDICT_WARNING, "shadow",
			   "have pam_unix use yescrypt and set the login password anew, or give the "
			   "keybag a passcode of its own ('keybagctl passwd')",
			   "the login password of %s is in /etc/shadow with a hash that is cheap to "
			   "guess: %s", name, twice);
	explicit_bzero(entry->sp_pwdp, strlen(entry->sp_pwdp));
}

static void check_keybag(const struct keybag_info *info, const char *name)
{
	const struct keybag_status *status = &info->status;

	if (!info->loaded && info->error) {
		doctor_say(VERDICT_ERROR, "keybag", info->message, "%s cannot be used", name);
		return;
	}
	if (info->warnings & KEYBAG_WARNING_RECOVERY_OPEN)
		doctor_say(VERDICT_WARNING, "recovery",
			   status->flags & KEYBAG_STATUS_RECOVERY ?
			   "its owner shows that it was kept: 'keybagctl recovery confirm'" :
			   "'keybagctl recovery add' makes one, 'keybagctl recovery refuse' ends this",
			   "%s has no confirmed recovery code: a lost device key or a forgotten passcode "
			   "loses everything", name);
	if (info->warnings & KEYBAG_WARNING_KDF_WEAK)
		doctor_say(VERDICT_WARNING, "kdf", "set the passcode anew: 'keybagctl passwd'",
			   "%s: a guess at its passcode is cheap (%u KiB)", name, info->kdf.memory_kib);
	if (info->warnings & KEYBAG_WARNING_LOGIN_DIFFERS)
		doctor_say(VERDICT_NOTE, "passcode", "its owner sets the login password as the passcode with 'keybagctl "
			   "passwd', or opens it with 'keybagctl unlock'",
			   "%s: its passcode is not the login password, so logins leave it closed", name);
	if (status->flags & KEYBAG_STATUS_RECORD_DIRTY)
		doctor_say(VERDICT_WARNING, "record", "make room on the disk; see the journal of keybagd",
			   "%s: its record of wrong answers is not saved", name);
	if (status->type == KEYBAG_TYPE_USER && !(status->flags & KEYBAG_STATUS_PASSCODE))
		doctor_say(VERDICT_NOTE, "passcode", "'keybagctl passwd --set'",
			   "%s has no passcode: it never locks", name);
	if (!geteuid() && status->flags & KEYBAG_STATUS_PASSCODE && *info->owner_name)
		check_shadow(info->owner_name);
}

static void name_of(const struct keybag_info *info, char *ret_name, size_t size)
{
	char uuid[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(info->status.uuid, uuid);
	if (info->status.type == KEYBAG_TYPE_SYSTEM)
		snprintf(ret_name, size, "the keybag of the system");
	else if (*info->owner_name)
		snprintf(ret_name, size, "the keybag of %s", info->owner_name);
	else
		snprintf(ret_name, size, "keybag %s", uuid);
}

void doctor_keybags(const struct patient *patient)
{
	char name[128];
	size_t i;

	if (!patient->have_list) {
		doctor_say(VERDICT_SKIPPED, "keybags", NULL, "keybagd does not answer");
		return;
	}
	for (i = 0; patient->infos[i]; i++) {
		name_of(patient->infos[i], name, sizeof(name));
		check_keybag(patient->infos[i], name);
	}
	if (i)
		doctor_say(VERDICT_OK, "keybags", NULL, "%zu keybag%s looked at", i, i > 1 ? "s" : "");
	else
		doctor_say(VERDICT_NOTE, "keybags", "'keybagctl create'", "%s",
			   geteuid() ? "you have no keybag" : "there is no keybag yet");
}
