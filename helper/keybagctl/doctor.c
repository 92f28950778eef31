// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "commands.h"
#include "common/printable.h"
#include "common/cleanup.h"
#include "common/namespace.h"
#include "common/version.h"
#include "exit_code.h"
#include "json.h"
#include "report.h"

static bool as_json;
static enum verdict worst;

static const char *const verdict_names[] = {
	[VERDICT_OK] = N_("ok"),
	[VERDICT_NOTE] = N_("note"),
	[VERDICT_SKIPPED] = N_("skipped"),
	[VERDICT_WARNING] = N_("warning"),
	[VERDICT_ERROR] = N_("error"),
};

/* The widest verdict in the language of messages decides, and English takes eight. */
static int verdict_columns(void)
{
	int columns, widest = 8;

	for (size_t i = 0; i < sizeof(verdict_names) / sizeof(verdict_names[0]); i++) {
		columns = (int)strlen(_(verdict_names[i])) - translate_width(_(verdict_names[i]), 0);
		if (columns > widest)
			widest = columns;
	}
	return widest;
}

void doctor_say(enum verdict verdict, const char *check, const char *remedy, const char *format, ...)
{
	const char *name = _(verdict_names[verdict]);
	int columns = verdict_columns();
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (verdict > worst)
		worst = verdict;
	if (as_json) {
		json_open(NULL, '{');
		json_text("check", check);
		json_text("verdict", verdict_names[verdict]);
		json_text("text", text);
		if (remedy)
			json_text("remedy", remedy);
		else
			json_null("remedy");
		json_close('}');
		return;
	}
	printable_line(stdout, "%-*s %-12s %s", translate_width(name, columns), name, check, text);
	if (remedy)
		printable_line(stdout, "%*s-> %s", columns + 14, "", remedy);
}

bool doctor_file_has(const char *path, const char *part)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[4097];
	ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[length > 0 ? length : 0] = 0;
	return length > 0 && strstr(text, part);
}

/* In another user namespace nothing else is worth a look. */
static bool out_of_reach(void)
{
	if (!in_user_namespace(0))
		return false;
	doctor_say(VERDICT_ERROR, "namespace",
		   _("use it from outside, or pass a bound descriptor of /dev/keybag in"),
		   _("keybags cannot be reached from a user namespace (container)"));
	return true;
}

static void examine(void)
{
	struct patient patient = { 0 };

	doctor_module(&patient);
	doctor_daemon(&patient);
	doctor_device_key(&patient);
	doctor_folder();
	doctor_keybags(&patient);
	doctor_pam();
	doctor_request_key();
	doctor_panic();
	doctor_swap();
	doctor_keychain();
	keybag_info_free_all(patient.infos);
}

int command_doctor(int argc, char **argv)
{
	struct arguments arguments;
	int result = arguments_read(argc, argv, OPTION_JSON, 0, &arguments);

	if (result)
		return result;
	as_json = arguments_has(&arguments, OPTION_JSON);
	if (as_json) {
		translate_stop();
		json_open(NULL, '{');
		json_number("format", REPORT_JSON_FORMAT);
		json_text("version", KEYBAG_VERSION);
		json_open("findings", '[');
	}
	if (!out_of_reach())
		examine();
	if (as_json) {
		json_close(']');
		json_text("worst", verdict_names[worst == VERDICT_SKIPPED ? VERDICT_NOTE : worst]);
		json_close('}');
		json_end();
	}
	switch (worst) {
	case VERDICT_ERROR:
		return EXIT_FAILED;
	case VERDICT_WARNING:
		return EXIT_ADVICE;
	default:
		return EXIT_DONE;
	}
}
