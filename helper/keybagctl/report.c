// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/sent_text.h"
#include "common/civil_date.h"
#include "common/cleanup.h"
#include "common/printable.h"
#include "common/translate.h"
#include "json.h"

#define SECOND_NS	UINT64_C(1000000000)

int report_module_version(struct keybag_version *ret_version)
{
	CLEANUP_FD int fd = keybag_open();

	return fd < 0 ? fd : keybag_version(fd, ret_version);
}

/* The kernel may have keybags that keybagd cannot see: its module speaks another version of the interface. */
static bool module_is_foreign(void)
{
	struct keybag_version version;

	return report_module_version(&version) == 0 && version.abi != KEYBAG_ABI_VERSION;
}

static bool is_unknown(const struct keybag_info *info)
{
	return !info->loaded && info->error == -ENXIO && module_is_foreign();
}

const char *report_state(const struct keybag_info *info)
{
	if (info->loaded)
		return keybag_state_name(info->status.state);
	return is_unknown(info) ? "unknown" : "not loaded";
}

bool report_is_readable(const struct keybag_info *info)
{
	return info->loaded || info->status.type == KEYBAG_TYPE_USER || info->status.type == KEYBAG_TYPE_SYSTEM;
}

void report_time(uint64_t time_ns, char *ret_text, size_t size)
{
	time_t seconds = (time_t)(time_ns / SECOND_NS);
	struct tm parts;

	*ret_text = 0;
	if (time_ns && localtime_r(&seconds, &parts))
		strftime(ret_text, size, "%Y-%m-%dT%H:%M:%S%z", &parts);
}

void report_time_json(const char *name, uint64_t time_ns)
{
	struct civil_date date = civil_date_of((int64_t)(time_ns / SECOND_NS));
	char text[80];

	if (!time_ns) {
		json_null(name);
		return;
	}
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%09" PRIu64 "Z", date.year, date.month, date.day,
		 date.hour, date.minute, date.second, time_ns % SECOND_NS);
	json_text(name, text);
}

static const char *type_name(uint32_t type)
{
	switch (type) {
	case KEYBAG_TYPE_USER:
		return "user";
	case KEYBAG_TYPE_SYSTEM:
		return "system";
	default:
		return "unknown";
	}
}

static const struct recovery {
	const char *name, *line;
} recovery_refused = { "refused", N_("Recovery:    no code wanted") },
  recovery_none = { "none", N_("Recovery:    no code") },
  recovery_confirmed = { "confirmed", N_("Recovery:    code confirmed") },
  recovery_unconfirmed = { "unconfirmed", N_("Recovery:    code unconfirmed") };

static const struct recovery *recovery_of(const struct keybag_status *status)
{
	if (status->flags & KEYBAG_STATUS_RECOVERY_REFUSED)
		return &recovery_refused;
	if (!(status->flags & KEYBAG_STATUS_RECOVERY))
		return &recovery_none;
	return status->flags & KEYBAG_STATUS_RECOVERY_CONFIRMED ? &recovery_confirmed : &recovery_unconfirmed;
}

static void print_owner(const struct keybag_info *info)
{
	if (info->status.type == KEYBAG_TYPE_SYSTEM)
		puts(_("Owner:       the system"));
	else if (info->status.owner == KEYBAG_UID_NONE)
		puts(_("Owner:       unknown: the file is damaged"));
	else
		printable_line(stdout, _("Owner:       %s (uid %u)"), *info->owner_name ? info->owner_name : "?",
		       info->status.owner);
}

static void print_how_to_load(const struct keybag_status *status)
{
	char uuid[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(status->uuid, uuid);
	if (status->type == KEYBAG_TYPE_SYSTEM)
		puts(_("             'keybagctl load --system' loads it"));
	else if (status->owner == geteuid())
		puts(_("             'keybagctl load' loads it, and so does an unlock"));
	else
		printf(_("             'keybagctl load --uuid %s' loads it\n"), uuid);
}

static void print_state(const struct keybag_info *info)
{
	const struct keybag_status *status = &info->status;
	char since[64];

	if (!info->loaded) {
		puts(is_unknown(info) ? _("State:       unknown: it may be open") : _("State:       not loaded"));
		if (info->error)
			printable_line(stdout, "             %s", sent_text(info->message));
		else
			print_how_to_load(status);
		return;
	}
	report_time(status->state_time_ns, since, sizeof(since));
	printf(_("State:       %s\n"), _(keybag_state_name(status->state)));
	printf(_("             since %s, reason %s, by uid %u pid %u (change %llu)\n"), since,
	       keybag_reason_name(status->reason), status->requester.uid, status->requester.pid,
	       (unsigned long long)status->state_seq);
}

static void print_classes(const struct keybag_status *status)
{
	uint32_t class_number;

	fputs(_("Classes:    "), stdout);
	for (class_number = 0; class_number < 32; class_number++)
		if (status->classes_available & KEYBAG_CLASS_BIT(class_number))
			printf(" %s", keybag_class_name(class_number));
	fputs(_("\n             not now:"), stdout);
	for (class_number = 0; class_number < 32; class_number++)
		if (status->classes_present & ~status->classes_available &
		    KEYBAG_CLASS_BIT(class_number))
			printf(" %s", keybag_class_name(class_number));
	putchar('\n');
}

static void print_passcode(const struct keybag_info *info)
{
	const struct keybag_status *status = &info->status;

	if (!report_is_readable(info)) {
		puts(_("Passcode:    unknown: the file is damaged"));
		return;
	}
	if (status->type == KEYBAG_TYPE_SYSTEM) {
		puts(_("Passcode:    none: the system keybag never locks, it is only evicted"));
		return;
	}
	if (!(status->flags & KEYBAG_STATUS_PASSCODE)) {
		puts(_("Passcode:    none: it stays unlocked, suspend included"));
		return;
	}
	printf(_("Passcode:    set; checked with Argon2id, %u KiB, passes %u, lanes %u\n"),
	       info->kdf.memory_kib, info->kdf.passes, info->kdf.lanes);
	if (status->flags & KEYBAG_STATUS_HARDWARE)
		puts(_("             and by the TPM, which counts wrong ones"));
	if (status->retry_after_ns)
		printf(_("Wrong tries: %u, next one in %llu s\n"), status->failures,
		       (unsigned long long)(status->retry_after_ns + SECOND_NS - 1) / SECOND_NS);
	else
		printf(_("Wrong tries: %u\n"), status->failures);
}

static void print_advice(const struct keybag_info *info)
{
	const struct keybag_status *status = &info->status;

	if (info->warnings & KEYBAG_WARNING_DEVICE_KEY)
		puts(_("To do:       the device key on disk is not the one it is sealed to: it will not open after a\n"
		     "             restart of the machine. Restore that key, then 'systemctl restart keybagd'"));
	if (status->type != KEYBAG_TYPE_USER)
		return;
	if (status->flags & KEYBAG_STATUS_HARDWARE)
		puts(_("Guessing:    disk and device key alone give no way to try passcodes; the TPM takes a few. A\n"
		     "             passcode that is also the login password can be guessed from /etc/shadow"));
	else if (status->flags & KEYBAG_STATUS_PASSCODE)
		puts(_("Guessing:    anyone who has the disk and the device key can try passcodes, at the cost of\n"
		     "             one Argon2id computation each. A passcode that is also the login password\n"
		     "             can be guessed from /etc/shadow as well"));
	if (info->warnings & KEYBAG_WARNING_DISABLED)
		puts(_("To do:       its passcode is disabled, too many wrong ones: set a new one with the\n"
		     "             recovery code, 'keybagctl passwd --recovery'"));
	if (info->warnings & KEYBAG_WARNING_LOGIN_DIFFERS)
		puts(_("Note:        the passcode is not the login password: logins leave the keybag closed. To\n"
		     "             make both the same, set the login password as the passcode: 'keybagctl passwd'"));
	if (info->warnings & KEYBAG_WARNING_KDF_WEAK)
		puts(_("To do:       that is cheap to guess: set the passcode again with 'keybagctl passwd'"));
	if (info->warnings & KEYBAG_WARNING_RECOVERY_OPEN)
		puts(status->flags & KEYBAG_STATUS_RECOVERY ?
		     _("To do:       show that you kept the recovery code: 'keybagctl recovery confirm'") :
		     _("To do:       make a recovery code: 'keybagctl recovery add' (or 'recovery refuse')"));
}

void report_print(const struct keybag_info *info)
{
	const struct keybag_status *status = &info->status;
	char text[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(status->uuid, text);
	printf(_("Keybag:      %s\n"), text);
	print_owner(info);
	print_state(info);
	if (info->loaded)
		print_classes(status);
	print_passcode(info);
	if (status->flags & KEYBAG_STATUS_PASSCODE && info->loaded)
		puts(status->flags & KEYBAG_STATUS_LOGIN_VERIFIED ? _("Login:       has verified the passcode") :
								    _("Login:       has not verified the passcode yet"));
	if (status->type == KEYBAG_TYPE_USER)
		puts(_(recovery_of(status)->line));
	printable_line(stdout, _("File:        %s (generation %llu)"), info->path,
		       (unsigned long long)status->bag_generation);
	if (status->flags & KEYBAG_STATUS_PENDING)
		puts(_("             a change is being made"));
	print_advice(info);
}

static void classes_json(const struct keybag_status *status)
{
	uint32_t class_number;

	json_open("classes", '{');
	for (class_number = 0; class_number < 32; class_number++)
		if (status->classes_present & KEYBAG_CLASS_BIT(class_number))
			json_boolean(keybag_class_name(class_number),
				     status->classes_available & KEYBAG_CLASS_BIT(class_number));
	json_close('}');
}

static void warnings_json(uint32_t warnings)
{
	json_open("warnings", '[');
	if (warnings & KEYBAG_WARNING_RECOVERY_OPEN)
		json_text(NULL, "recovery-open");
	if (warnings & KEYBAG_WARNING_KDF_WEAK)
		json_text(NULL, "kdf-weak");
	if (warnings & KEYBAG_WARNING_DISABLED)
		json_text(NULL, "passcode-disabled");
	if (warnings & KEYBAG_WARNING_LOGIN_DIFFERS)
		json_text(NULL, "login-differs");
	if (warnings & KEYBAG_WARNING_DEVICE_KEY)
		json_text(NULL, "device-key");
	json_close(']');
}

static void state_json(const struct keybag_info *info)
{
	const struct keybag_status *status = &info->status;

	if (is_unknown(info))
		json_null("loaded");
	else
		json_boolean("loaded", info->loaded);
	if (!info->loaded) {
		json_null("state");
		if (info->error) {
			json_number("error", (uint64_t)-info->error);
			json_text("message", info->message);
		}
		return;
	}
	json_text("state", keybag_state_name(status->state));
	json_text("reason", keybag_reason_name(status->reason));
	json_number("state_seq", status->state_seq);
	report_time_json("state_time", status->state_time_ns);
	json_open("requester", '{');
	json_number("uid", status->requester.uid);
	json_number("pid", status->requester.pid);
	json_close('}');
	json_number("failures", status->failures);
	json_number("retry_after_ns", status->retry_after_ns);
	json_boolean("pending", status->flags & KEYBAG_STATUS_PENDING);
	json_boolean("record_dirty", status->flags & KEYBAG_STATUS_RECORD_DIRTY);
	classes_json(status);
}

static void contents_json(const struct keybag_info *info)
{
	const struct keybag_status *status = &info->status;

	json_boolean("passcode", status->flags & KEYBAG_STATUS_PASSCODE);
	if (status->flags & KEYBAG_STATUS_PASSCODE) {
		json_open("kdf", '{');
		json_text("algorithm", "argon2id");
		json_number("memory_kib", info->kdf.memory_kib);
		json_number("passes", info->kdf.passes);
		json_number("lanes", info->kdf.lanes);
		json_close('}');
	}
	json_boolean("passcode_tpm", status->flags & KEYBAG_STATUS_HARDWARE);
	json_boolean("login_verified", status->flags & KEYBAG_STATUS_LOGIN_VERIFIED);
	json_text("recovery", recovery_of(status)->name);
}

/* Nobody knows what a damaged file has: a keybag without a passcode is another thing. */
static void no_contents_json(void)
{
	json_null("passcode");
	json_null("passcode_tpm");
	json_null("login_verified");
	json_null("recovery");
}

void report_json(const struct keybag_info *info)
{
	const struct keybag_status *status = &info->status;

	json_number("format", REPORT_JSON_FORMAT);
	json_uuid("uuid", status->uuid);
	json_text("type", type_name(status->type));
	if (status->owner == KEYBAG_UID_NONE)
		json_null("owner");
	else
		json_number("owner", status->owner);
	if (*info->owner_name)
		json_text("owner_name", info->owner_name);
	else
		json_null("owner_name");
	state_json(info);
	json_number("bag_generation", status->bag_generation);
	if (report_is_readable(info))
		contents_json(info);
	else
		no_contents_json();
	warnings_json(info->warnings);
	json_text("path", info->path);
}

void report_timeout_json(const struct keybag_settings *settings)
{
	json_number("lock_after_idle", settings->lock_after_idle);
	json_number("lock_after_idle_own", settings->idle_own);
	json_number("lock_after_idle_limit", settings->idle_limit);
}
