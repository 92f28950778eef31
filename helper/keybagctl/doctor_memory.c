// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where memory ends up on disk: crash dumps, swap, the image of hibernation.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/credential.h"
#include "doctor.h"

#define CRASH_LOADED	"/sys/kernel/kexec_crash_loaded"
#define NOTIFIERS	"/sys/module/kernel/parameters/crash_kexec_post_notifiers"

bool panic_wipes(void)
{
	return doctor_file_has(NOTIFIERS, "Y");
}

void doctor_panic(void)
{
	if (panic_wipes())
		doctor_say(VERDICT_OK, "panic-wipe", NULL,
			   _("keys are wiped before a crash kernel is started"));
	else if (doctor_file_has(CRASH_LOADED, "1"))
		doctor_say(VERDICT_WARNING, "panic-wipe",
			   _("'systemd-tmpfiles --create keybag.conf' as root, or boot with "
			   "crash_kexec_post_notifiers"),
			   _("a crash kernel is loaded, and a dump that it makes would have the keys"));
	else
		doctor_say(VERDICT_NOTE, "panic-wipe",
			   _("'systemd-tmpfiles --create keybag.conf' as root, or boot with "
			   "crash_kexec_post_notifiers"),
			   _("if a crash kernel were loaded, a dump that it makes would have the keys"));
}

/* Whether the block device, or what it stands on, is encrypted by device mapper. */
static bool is_encrypted(const char *folder, int depth)
{
	char path[256];
	glob_t found;
	bool result;
	size_t i;

	snprintf(path, sizeof(path), "%s/dm/uuid", folder);
	if (doctor_file_has(path, "CRYPT-"))
		return true;
	snprintf(path, sizeof(path), "%s/slaves/*", folder);
	if (depth > 4 || glob(path, 0, NULL, &found))
		return false;
	result = found.gl_pathc > 0;
	for (i = 0; i < found.gl_pathc; i++)
		result = result && is_encrypted(found.gl_pathv[i], depth + 1);
	globfree(&found);
	return result;
}

static bool device_encrypted(dev_t device)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "/sys/dev/block/%u:%u", major(device), minor(device));
	return is_encrypted(folder, 0);
}

/* The block device of a file on a file system that gives no number of one, such as btrfs; 0: not known. */
static dev_t device_under(const char *name)
{
	char line[1024], source[256];
	unsigned long long mount;
	struct stat status;
	struct statx file;
	const char *end;
	dev_t device = 0;
	FILE *mounts;

	if (statx(AT_FDCWD, name, 0, STATX_MNT_ID, &file) < 0 || !(file.stx_mask & STATX_MNT_ID))
		return 0;
	mounts = fopen("/proc/self/mountinfo", "re");
	while (mounts && !device && fgets(line, sizeof(line), mounts)) {
		end = strstr(line, " - ");
		if (end && sscanf(line, "%llu", &mount) == 1 && mount == file.stx_mnt_id &&
		    sscanf(end, " - %*s %255s", source) == 1 && !stat(source, &status) && S_ISBLK(status.st_mode))
			device = status.st_rdev;
	}
	if (mounts)
		fclose(mounts);
	return device;
}

static bool swap_encrypted(const char *name, const struct stat *status)
{
	dev_t device = S_ISBLK(status->st_mode) ? status->st_rdev : status->st_dev;

	return device_encrypted(major(device) ? device : device_under(name));
}

/* Takes the escapes of blanks and the like out of a name in /proc/swaps: \\040. */
static void unescape(char *name)
{
	char *to = name;
	unsigned int code;

	for (; *name; to++) {
		if (*name == '\\' && sscanf(name + 1, "%3o", &code) == 1 && name[1] && name[2] && name[3]) {
			*to = (char)code;
			name += 4;
		} else {
			*to = *name++;
		}
	}
	*to = 0;
}

/* Counts areas of swap that keep plain text on a disk, and names one; *@ret_unknown is one that cannot be looked at, or "". */
static int plain_swap(char *ret_name, char *ret_unknown, size_t size)
{
	char line[512], name[256], type[32];
	FILE *file = fopen("/proc/swaps", "re");
	struct stat status;
	int count = 0;

	*ret_unknown = 0;
	if (!file) {
		snprintf(ret_unknown, size, "/proc/swaps");
		return 0;
	}
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%255s %31s", name, type) != 2 || name[0] != '/' || strstr(name, "/zram"))
			continue;
		unescape(name);
		if (stat(name, &status) < 0) {
			snprintf(ret_unknown, size, "%s", name);
			continue;
		}
		if (swap_encrypted(name, &status))
			continue;
		snprintf(ret_name, size, "%s", name);
		count++;
	}
	fclose(file);
	return count;
}

static void check_hibernation(void)
{
	unsigned int numbers[2];
	FILE *file = fopen("/sys/power/resume", "re");
	int count;

	if (!file)
		return;
	count = fscanf(file, "%u:%u", &numbers[0], &numbers[1]);
	fclose(file);
	if (count != 2 || !numbers[0] || device_encrypted(makedev(numbers[0], numbers[1])))
		return;
	if (access(KEYBAG_CREDENTIAL_FILE, F_OK) == 0)
		doctor_say(VERDICT_WARNING, "hibernation", _("hibernate to encrypted swap, or not at all"),
			   _("the machine hibernates to a disk without encryption: the device key, a credential that systemd "
			   "keeps in memory, is written to it, and what programs have opened"));
	else
		doctor_say(VERDICT_WARNING, "hibernation", _("hibernate to encrypted swap, or not at all"),
			   _("the machine hibernates to a disk without encryption: keys are wiped before, what "
			   "programs have opened is not"));
}

void doctor_swap(void)
{
	char name[256], unknown[256];

	if (plain_swap(name, unknown, sizeof(name)))
		doctor_say(VERDICT_WARNING, "swap",
			   _("encrypt it (crypttab(5), option swap), or use zram or none"),
			   _("swap %s is not encrypted: what programs have opened may be written to it, "
			   "keys and passcodes are not"), name);
	else if (*unknown)
		doctor_say(VERDICT_SKIPPED, "swap", NULL, _("whether swap %s is encrypted cannot be told: try as root"), unknown);
	else
		doctor_say(VERDICT_OK, "swap", NULL, _("no swap without encryption"));
	check_hibernation();
}
