// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel module: installed, of the right release, permitted to load, loaded; its device; its ciphers.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/module_policy.h"
#include "common/version.h"
#include "doctor.h"
#include "installed_module.h"

#define TAINT		"/sys/module/" INSTALLED_MODULE_NAME "/taint"
/* Both daemons hold the device open. They start again whatever rmmod said: a program may hold it, too. */
#define RELOAD		_("restart the machine, or as root: 'systemctl stop keychaind.socket keychaind keybagd.socket " \
			  "keybagd; echo 1 >/sys/module/keybag/parameters/removable; rmmod keybag && modprobe keybag; " \
			  "systemctl start keybagd.socket keybagd keychaind.socket'")
#define SIGN		_("let DKMS sign it (README, Secure Boot), or sign it with the kernel's " \
			  "scripts/sign-file and a key of your own; then 'mokutil --import' of the key's " \
			  "certificate, restart, and enrol it")

static void check_installed(const struct installed_module *installed, bool loaded)
{
	struct utsname name;

	uname(&name);
	if (!installed->found)
		doctor_say(loaded ? VERDICT_WARNING : VERDICT_ERROR, "installed",
			   _("install keybag-dkms and the headers of this kernel ('dkms status' says how "
			   "the build went), or 'make install'"),
			   _("there is no module for kernel %s"), name.release);
	else if (strcmp(installed->version, KEYBAG_VERSION) != 0)
		doctor_say(VERDICT_WARNING, "installed", _("install both from the same release"),
			   _("%s is version %s, keybagctl version %s"), installed->path,
			   installed->version, KEYBAG_VERSION);
	else
		doctor_say(VERDICT_OK, "installed", NULL, _("%s, version %s"), installed->path,
			   installed->version);
}

struct other_kernels {
	char running[INSTALLED_RELEASE_SIZE];
	unsigned int count;
	unsigned int without;		/* or with another release's */
	char first[INSTALLED_RELEASE_SIZE];	/* of those, by name */
	unsigned int unsigned_ones;	/* that Secure Boot refuses */
	char first_unsigned[INSTALLED_RELEASE_SIZE];
};

static void count_kernel(const char *release, unsigned int *count, char first[INSTALLED_RELEASE_SIZE])
{
	if (!(*count)++ || strcmp(release, first) < 0)
		snprintf(first, INSTALLED_RELEASE_SIZE, "%s", release);
}

static void check_other_kernel(const char *release, void *context)
{
	struct other_kernels *others = context;
	struct installed_module module;

	if (!strcmp(release, others->running))
		return;
	others->count++;
	installed_module_find(release, &module);
	if (!module.found || strcmp(module.version, KEYBAG_VERSION) != 0)
		count_kernel(release, &others->without, others->first);
	else if (!*module.signer && module_signature_required())
		count_kernel(release, &others->unsigned_ones, others->first_unsigned);
}

/* A new kernel whose module was not built shuts everybody out of their keybags, but only at the next start. */
static void check_other_kernels(void)
{
	struct other_kernels others = { 0 };
	struct utsname name;

	uname(&name);
	snprintf(others.running, sizeof(others.running), "%s", name.release);
	installed_module_for_kernels(check_other_kernel, &others);
	if (others.without)
		doctor_say(VERDICT_WARNING, "kernels",
			   _("install the headers of each kernel, then 'dkms autoinstall -k RELEASE' as root for each that "
			   "'dkms status' does not list; before that, do not restart with such a kernel"),
			   _("%u of %u other kernels lack the module, or have that of another release: after a restart with %s, "
			   "for one, no keybag opens"), others.without, others.count, others.first);
	if (others.unsigned_ones)
		doctor_say(VERDICT_WARNING, "kernels", SIGN,
			   _("the module of %u of %u other kernels is not signed, and this machine loads signed modules only (Secure Boot): "
			   "after a restart with %s, for one, no keybag opens"), others.unsigned_ones, others.count, others.first_unsigned);
	if (others.count && !others.without && !others.unsigned_ones)
		doctor_say(VERDICT_OK, "kernels", NULL,
			   _("the other installed kernels (%u) have the module, too"), others.count);
}

/* Not loaded: was it refused? */
static void explain_absence(const struct installed_module *installed)
{
	if (module_present()) {
		doctor_say(VERDICT_ERROR, "device",
			   _("give /dev/keybag to the container; on a machine, 'udevadm trigger' as root"),
			   _("the kernel module is loaded, but there is no /dev/keybag here"));
		return;
	}
	if (!installed->found)
		return;
	if (!module_signature_required()) {
		doctor_say(VERDICT_ERROR, "loaded", _("'modprobe keybag' as root; its error says why not"),
			   _("the kernel module is not loaded"));
		return;
	}
	if (!*installed->signer)
		doctor_say(VERDICT_ERROR, "signature", SIGN,
			   _("the kernel module is not loaded: this kernel loads signed modules only "
			   "(Secure Boot), and %s is not signed"), installed->path);
	else
		doctor_say(VERDICT_ERROR, "signature",
			   _("'modprobe keybag' as root; if it says 'Key was rejected by service', enrol "
			   "the key: 'mokutil --import /var/lib/dkms/mok.pub', then restart"),
			   _("the kernel module is not loaded: this kernel loads signed modules only "
			   "(Secure Boot), and may not know the key of '%s'"), installed->signer);
}

static void check_signature(const struct installed_module *installed)
{
	if (doctor_file_has(TAINT, "E"))
		doctor_say(VERDICT_NOTE, "signature", SIGN,
			   _("the module is loaded without a signature that the kernel knows: with Secure "
			   "Boot it would be refused"));
	else if (*installed->signer)
		doctor_say(VERDICT_OK, "signature", NULL, _("the module is signed by %s"), installed->signer);
	else
		doctor_say(VERDICT_SKIPPED, "signature", NULL,
			   _("nothing says whether the module is signed: this kernel does not look at signatures, or "
			   "the loaded module is not the installed one"));
}

static void check_version(const struct patient *patient, const struct installed_module *installed)
{
	const struct keybag_version *version = &patient->version;

	if (version->abi != KEYBAG_ABI_VERSION)
		doctor_say(VERDICT_ERROR, "version", RELOAD,
			   _("the loaded kernel module (%s) speaks version %u of its interface, "
			   "keybagctl and keybagd (%s) version %u"), version->module, version->abi,
			   KEYBAG_VERSION, KEYBAG_ABI_VERSION);
	else if (installed->found && strcmp(version->module, installed->version) != 0)
		doctor_say(VERDICT_WARNING, "version", RELOAD,
			   _("version %s of the kernel module is loaded, version %s is installed"),
			   version->module, installed->version);
	else
		doctor_say(VERDICT_OK, "version", NULL, _("module %s, interface %u, keybagctl %s"),
			   version->module, version->abi, KEYBAG_VERSION);
}

/* The kernel's library names no driver: it takes the processor's AES where there is one, and tables elsewhere. */
static bool aes_by_tables(const char *driver)
{
	if (!strcmp(driver, "aes-gcm-lib"))
		return !doctor_file_has("/proc/cpuinfo", " aes ");
	return strstr(driver, "aes-generic") || strstr(driver, "generic,");
}

static void check_drivers(const struct keybag_version *version)
{
	if (aes_by_tables(version->aead_driver))
		doctor_say(VERDICT_WARNING, "cipher",
			   /* By a restart: the module that is loaded stays. */
			   _("have the processor's AES module loaded at boot (on x86 'echo aesni_intel "
			   ">/etc/modules-load.d/aes.conf' as root) and restart the machine; in a virtual machine, give "
			   "it a CPU with AES"),
			   _("%s: AES by tables is slow, and its timing leaks the keys to other programs"),
			   version->aead_driver);
	else
		doctor_say(VERDICT_OK, "cipher", NULL, "%s, %s", version->aead_driver,
			   version->mac_driver);
}

static void check_node(void)
{
	struct stat status;

	if (stat(KEYBAG_DEVICE, &status) < 0)
		return;
	if (!S_ISCHR(status.st_mode) || status.st_uid || (status.st_mode & 0777) != 0666)
		doctor_say(VERDICT_ERROR, "device",
			   _("'udevadm control --reload && udevadm trigger /dev/keybag' as root; the rule "
			   "is 60-keybag.rules"),
			   _("/dev/keybag has mode %o and owner %u: programs of users cannot open it"),
			   status.st_mode & 07777, status.st_uid);
	else
		doctor_say(VERDICT_OK, "device", NULL, _("/dev/keybag is open to everybody"));
}

void doctor_module(struct patient *patient)
{
	CLEANUP_FD int fd = keybag_open();
	struct installed_module installed;
	int result;

	installed_module_find(NULL, &installed);
	check_installed(&installed, fd != -ENXIO);
	check_other_kernels();
	if (fd == -ENXIO) {
		explain_absence(&installed);
		return;
	}
	check_node();
	/* check_node() has said why, and a restart mends nothing. */
	if (fd == -EACCES || fd == -EPERM)
		return;
	result = fd < 0 ? fd : keybag_version(fd, &patient->version);
	if (result < 0) {
		doctor_say(VERDICT_ERROR, "version", RELOAD, _("/dev/keybag does not tell its version: %s"),
			   _(keybag_error_text(result)));
		return;
	}
	patient->have_version = true;
	check_version(patient, &installed);
	check_signature(&installed);
	check_drivers(&patient->version);
}
