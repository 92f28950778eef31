// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Device key, folder of keybags, rule for request_key(2).
 */
#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/credential.h"
#include "common/paths.h"
#include "common/settings_file.h"
#include "cli/sent_text.h"
#include "device_key.h"
#include "doctor.h"

#define KEY_FILE	KEYBAG_DEVICE_KEY_FILE
#define REQUEST_KEY	"/sbin/request-key"
#define RULE		"/etc/request-key.d/keybag.conf"
/* A setting of the package: dpkg neither brings back one that is missing nor replaces one that was changed. */
#define REINSTALL_RULE	_("move /etc/request-key.d/keybag.conf away if it is there, then as root 'dpkg -i " \
			  "--force-confmiss keybag_*.deb', with the file of the package, or 'make install'")
#define LEAST_ROOM	(1024 * 1024)	/* bytes; a keybag takes 48 KiB while it is saved */
#define LEAST_FILES	4		/* a new keybag has a form, a record and a name, and a second form while one is made */

/* Only root sees it. */
static bool has_credential(struct stat *ret_status)
{
	return lstat(KEYBAG_CREDENTIAL_FILE, ret_status) == 0;
}

static void check_credential(const struct stat *status)
{
	if (status->st_size != KEYBAG_DEVICE_KEY_SIZE)
		doctor_say(VERDICT_ERROR, "device-key",
			   _("encrypt the device key itself with systemd-creds as in keybagd(8), then 'systemctl restart "
			   "keybagd'"),
			   _("the systemd credential keybag.device-key is %lld bytes long, not %d"),
			   (long long)status->st_size, KEYBAG_DEVICE_KEY_SIZE);
	else
		doctor_say(VERDICT_OK, "device-key", NULL, _("the device key is from a systemd credential"));
}

/*
 * The machine got its id when the key was there: one that was made from an image of another, as a clone. An id in memory, which
 * systemd mounts over the file where that cannot be written, is new at each start and tells nothing.
 */
static bool came_with_image(const struct stat *key)
{
	struct statfs system;
	struct stat status;

	return statfs("/etc/machine-id", &system) == 0 && system.f_type != TMPFS_MAGIC && system.f_type != RAMFS_MAGIC &&
	       stat("/etc/machine-id", &status) == 0 && status.st_mtime > key->st_mtime;
}

#define NOTE_IMAGE	N_("if it came with an image, and while there is no keybag, as root 'rm /etc/keybag/device.* && keybagctl evict && " \
			   "systemctl restart keybagd'; see keybagd(8), 'Images of machines'")

/* keybagd, where it answers, has asked the TPM: what that answered then is told. */
static void check_sealed(const struct stat *file, const struct keybag_device_key_info *key)
{
	if (!S_ISREG(file->st_mode) || file->st_uid || file->st_mode & 077)
		doctor_say(VERDICT_ERROR, "device-key",
			   _("'chown root: /etc/keybag/device.tpm && chmod 600 /etc/keybag/device.tpm' as root; anyone who has read it and may "
			   "use this machine's TPM has the key"),
			   _("device key /etc/keybag/device.tpm is not used because others can get at it (mode %o, owner %u)"),
			   file->st_mode & 07777, file->st_uid);
	else if (!key)
		doctor_say(VERDICT_SKIPPED, "device-key", NULL, _("/etc/keybag/device.tpm is there; whether the TPM opens it: keybagd does not "
			   "answer"));
	else if (key->error)
		doctor_say(VERDICT_ERROR, "device-key", sent_text(key->message), _("the device key in the TPM cannot be used"));
	else if (key->flags & KEYBAG_DEVICE_KEY_HAS_FILE)
		doctor_say(VERDICT_WARNING, "device-key", _("copy the file to a place away from this machine, then 'keybagctl device-key move "
			   "tpm' removes it"), _("the device key is sealed in the TPM, but in /etc/keybag/device.key as well"));
	else if (came_with_image(file))
		doctor_say(VERDICT_NOTE, "device-key", _(NOTE_IMAGE),
			   _("/etc/keybag/device.tpm is older than the machine's id: where the TPM was copied, too, others may have the same device "
			   "key"));
	else
		doctor_say(VERDICT_OK, "device-key", NULL, _("/etc/keybag/device.tpm has the device key, sealed in the TPM"));
}

static void check_key_file(const struct patient *patient)
{
	bool needed = patient->have_list && patient->infos[0];
	const char *stored = credential_stored();
	struct stat status;

	if (has_credential(&status)) {
		check_credential(&status);
		return;
	}
	if (lstat(KEYBAG_DEVICE_KEY_SEALED, &status) == 0 && !geteuid()) {
		check_sealed(&status, patient->have_key ? &patient->key : NULL);
		return;
	}
	if (lstat(KEY_FILE, &status) < 0 && errno != ENOENT) {
		doctor_say(VERDICT_SKIPPED, "device-key", NULL, "/etc/keybag/device.key: %s", translate_errno(errno));
		return;
	}
	/* The key may be a credential, which only root sees. */
	if (lstat(KEY_FILE, &status) < 0 && geteuid())
		doctor_say(VERDICT_SKIPPED, "device-key", NULL, _("no file /etc/keybag/device.key; whether there is a systemd "
			   "credential takes root to see"));
	else if (lstat(KEY_FILE, &status) < 0 && stored)
		doctor_say(VERDICT_ERROR, "device-key",
			   _("have keybagd.service load it as in keybagd(8), then 'systemctl restart keybagd'; or, if it is not "
			   "used any more, remove that file"),
			   _("the device key is the credential %s, which keybagd.service was not given"), stored);
	else if (lstat(KEY_FILE, &status) < 0)
		doctor_say(needed ? VERDICT_ERROR : VERDICT_NOTE, "device-key",
			   needed ? _("restore it from a backup, or 'keybagctl recover' each keybag by its "
				    "recovery code") : _("keybagd makes one when it starts"),
			   _("device key /etc/keybag/device.key is missing"));
	else if (!S_ISREG(status.st_mode) || status.st_uid || status.st_mode & 077)
		doctor_say(VERDICT_ERROR, "device-key",
			   _("'chown root: /etc/keybag/device.key && chmod 600 /etc/keybag/device.key' as root; anyone who "
			   "has read it keeps it"),
			   _("device key /etc/keybag/device.key is not used because others can get at it (mode %o, "
			   "owner %u)"), status.st_mode & 07777, status.st_uid);
	else if (status.st_size != KEYBAG_DEVICE_KEY_SIZE)
		doctor_say(VERDICT_ERROR, "device-key", _("restore the right file from a backup"),
			   _("device key /etc/keybag/device.key is %lld bytes long, not %d"),
			   (long long)status.st_size, KEYBAG_DEVICE_KEY_SIZE);
	else if (came_with_image(&status))
		doctor_say(VERDICT_NOTE, "device-key", _(NOTE_IMAGE),
			   _("/etc/keybag/device.key is older than the machine's id: others that were made from the same image may have "
			   "the same device key"));
	else
		doctor_say(VERDICT_OK, "device-key", NULL, _("/etc/keybag/device.key is there, for root alone"));
}

static void check_tpm(const struct patient *patient)
{
	struct stat status;

	if (has_credential(&status))
		return;
	if (geteuid())
		doctor_say(VERDICT_SKIPPED, "tpm", NULL, _("whether the device key is sealed to a TPM: takes root to see"));
	else if (!patient->have_key)
		doctor_say(VERDICT_SKIPPED, "tpm", NULL, _("keybagd does not answer"));
	else if (patient->key.place == KEYBAG_DEVICE_KEY_IN_TPM)
		doctor_say(VERDICT_NOTE, "tpm", NULL, "%s", device_key_meaning(&patient->key));
	else if (patient->key.flags & KEYBAG_DEVICE_KEY_HAS_TPM)
		doctor_say(VERDICT_NOTE, "tpm", _("'keybagctl device-key move tpm' seals it in the TPM"), "%s",
			   device_key_meaning(&patient->key));
	else
		doctor_say(VERDICT_NOTE, "tpm", NULL,
			   _("there is no TPM: anyone who has the disk can try passcodes, at the cost of one "
			   "Argon2id computation each"));
}

/* keybagd says so of keybags: only the kernel could compare keys. */
static bool key_is_lost(const struct patient *patient)
{
	size_t i;

	for (i = 0; patient->have_list && patient->infos[i]; i++)
		if (patient->infos[i]->warnings & KEYBAG_WARNING_DEVICE_KEY)
			return true;
	return false;
}

void doctor_device_key(const struct patient *patient)
{
	check_key_file(patient);
	if (key_is_lost(patient))
		doctor_say(VERDICT_ERROR, "key-in-use",
			   _("before the machine restarts, restore the right key from a backup, then 'systemctl restart "
			   "keybagd'; without one, make recovery codes ('keybagctl recovery add')"),
			   _("the kernel has another device key than is on disk: no keybag will open after a restart of "
			   "the machine"));
	else if (!patient->have_version)
		doctor_say(VERDICT_SKIPPED, "key-in-use", NULL, _("the kernel module does not answer"));
	else if (patient->version.flags & KEYBAG_VERSION_DEVICE_KEY)
		doctor_say(VERDICT_OK, "key-in-use", NULL, _("the kernel has the device key"));
	else
		doctor_say(VERDICT_ERROR, "key-in-use",
			   _("'systemctl restart keybagd' as root; 'journalctl -u keybagd' says why"),
			   _("the kernel has no device key: no keybag can be loaded"));
	check_tpm(patient);
}

static int is_not_of_root_alone(const struct dirent *entry)
{
	struct stat status;
	char path[PATH_MAX];

	if (entry->d_name[0] == '.')
		return 0;
	snprintf(path, sizeof(path), KEYBAG_BAG_FOLDER "/%s", entry->d_name);
	return lstat(path, &status) == 0 && (status.st_uid || (status.st_mode & 0777) != 0600);
}

static void check_files(void)
{
	struct dirent **names = NULL;
	int count = scandir(KEYBAG_BAG_FOLDER, &names, is_not_of_root_alone, alphasort);
	int i;

	for (i = 0; i < count; i++) {
		doctor_say(VERDICT_WARNING, "files",
			   _("'chown root: /var/lib/keybag/bags/* && chmod 600 /var/lib/keybag/bags/*'"),
			   _("/var/lib/keybag/bags/%s does not belong to root alone"), names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

static void check_room(void)
{
	struct statvfs space;
	struct statfs kind;

	if (statvfs(KEYBAG_BAG_FOLDER, &space) < 0 || statfs(KEYBAG_BAG_FOLDER, &kind) < 0)
		return;
	if (space.f_flag & ST_RDONLY)
		doctor_say(VERDICT_WARNING, "disk", _("mount it writable"),
			   _("/var/lib/keybag/bags is on a read-only file system: keybags cannot be changed, "
			   "and wrong answers are not counted over a restart"));
	else if ((unsigned long long)space.f_bavail * space.f_frsize < LEAST_ROOM ||
		 (space.f_files && space.f_favail < LEAST_FILES))
		doctor_say(VERDICT_WARNING, "disk", _("make room, of bytes and of files ('df', 'df -i')"),
			   _("/var/lib/keybag/bags is on a full disk: keybags cannot be changed"));
	else if (kind.f_type == TMPFS_MAGIC)
		doctor_say(VERDICT_WARNING, "disk", _("keep /var/lib/keybag/bags on a disk"),
			   _("/var/lib/keybag/bags is in memory: keybags are gone after a restart"));
}

void doctor_folder(void)
{
	struct stat status;

	/* It may be a link, to another disk for instance. */
	if (stat(KEYBAG_BAG_FOLDER, &status) < 0) {
		int error = errno;

		if (error == EACCES)
			doctor_say(VERDICT_SKIPPED, "folder", NULL, _("/var/lib/keybag/bags: takes root to see"));
		else if (settings_file_leads_nowhere(KEYBAG_BAG_FOLDER))
			doctor_say(VERDICT_ERROR, "folder", _("mount what it leads to, then 'systemctl restart keybagd' as root"),
				   _("/var/lib/keybag/bags is a link to what is not there"));
		else
			doctor_say(VERDICT_NOTE, "folder", _("keybagd makes it when it starts"),
				   "/var/lib/keybag/bags: %s", translate_errno(error));
		return;
	}
	if (!S_ISDIR(status.st_mode) || status.st_uid || status.st_mode & 077)
		doctor_say(status.st_uid || status.st_mode & 022 ? VERDICT_ERROR : VERDICT_WARNING, "folder",
			   _("'chown root: /var/lib/keybag/bags && chmod 700 /var/lib/keybag/bags' as root"),
			   _("/var/lib/keybag/bags has to belong to root alone (mode %o, owner %u)"),
			   status.st_mode & 07777, status.st_uid);
	else
		doctor_say(VERDICT_OK, "folder", NULL, _("/var/lib/keybag/bags belongs to root alone"));
	check_files();
	check_room();
}

/* The program of the first rule for keys of our type; false: there is none. */
static bool read_rule(char *ret_program, size_t size)
{
	FILE *file = fopen(RULE, "re");
	char line[512], operation[64], type[64], program[256];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %63s %*s %*s %255s", operation, type, program) != 3 ||
		    operation[0] == '#' || strcmp(operation, "create") != 0 ||
		    strcmp(type, KEYBAG_KEY_TYPE) != 0)
			continue;
		snprintf(ret_program, size, "%s", program);
		found = true;
	}
	fclose(file);
	return found;
}

void doctor_request_key(void)
{
	char program[256];

	if (access(REQUEST_KEY, X_OK) < 0)
		doctor_say(VERDICT_ERROR, "request-key", _("install the package keyutils"),
			   _("there is no /sbin/request-key: programs cannot have a keybag loaded on demand"));
	else if (!read_rule(program, sizeof(program)))
		doctor_say(VERDICT_ERROR, "request-key", REINSTALL_RULE,
			   _("/etc/request-key.d/keybag.conf has no rule for keys of type keybag"));
	else if (access(program, X_OK) < 0)
		doctor_say(VERDICT_ERROR, "request-key", REINSTALL_RULE,
			   _("%s, which /etc/request-key.d/keybag.conf names, cannot be run"), program);
	else
		doctor_say(VERDICT_OK, "request-key", NULL, _("%s attaches keys"), program);
}
