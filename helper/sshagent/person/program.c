// SPDX-License-Identifier: GPL-2.0-or-later
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "helper/agent/prompter.h"

#define ASKPASS		"/usr/bin/ssh-askpass"
#define PINENTRY	"pinentry"
#define MANAGER		"org.freedesktop.systemd1"

/* ---- environment ---- */

bool program_takes(const char *variable)
{
	static const char *const names[] = {
		"DISPLAY=", "WAYLAND_DISPLAY=", "XAUTHORITY=", "XDG_CURRENT_DESKTOP=", "XDG_SESSION_TYPE=", "DBUS_SESSION_BUS_ADDRESS=",
		"SSH_ASKPASS=", "GPG_TTY=", "TERM=", "LANG=", "LANGUAGE=", "LC_ALL=", "LC_CTYPE=", "LC_MESSAGES=",
	};

	for (size_t at = 0; at < sizeof(names) / sizeof(*names); at++) {
		if (!strncmp(variable, names[at], strlen(names[at])))
			return true;
	}
	return false;
}

/* The strings become part of the environment, for as long as the process lives. */
void program_environment(void)
{
	char **variables = NULL;
	sd_bus *bus = NULL;

	if (sd_bus_open_user(&bus) >= 0 &&
	    sd_bus_get_property_strv(bus, MANAGER, "/org/freedesktop/systemd1", MANAGER ".Manager", "Environment", NULL, &variables) >= 0) {
		for (char **variable = variables; variable && *variable; variable++) {
			if (program_takes(*variable))
				putenv(*variable);
		}
	}
	sd_bus_flush_close_unref(bus);
}

/* ---- programs ---- */

static const char *find_askpass(void)
{
	const char *program = getenv("SSH_ASKPASS");

	if (!program || *program != '/')
		program = ASKPASS;
	return access(program, X_OK) ? NULL : program;
}

/* Until the program has ended. Returns what prompter_finish() does; prompter_wipe() is the caller's. */
static int run(struct prompter *prompter, const struct prompt *prompt, const char **ret_typed, size_t *ret_length)
{
	const char *askpass = find_askpass();
	int result;

	*prompter = askpass ? (struct prompter){ .kind = PROMPTER_ASKPASS, .program = askpass }
			    : (struct prompter){ .kind = PROMPTER_PINENTRY, .program = PINENTRY };
	/* By this it has two buttons, and no field. */
	if (prompt->kind == PROMPT_CONFIRM)
		setenv("SSH_ASKPASS_PROMPT", "confirm", 1);
	else
		unsetenv("SSH_ASKPASS_PROMPT");
	result = prompter_start(prompter, prompt);
	return result < 0 ? result : prompter_finish(prompter, ret_typed, ret_length);
}

bool program_confirm(const char *text)
{
	const struct prompt prompt = { .kind = PROMPT_CONFIRM, .title = "SSH", .text = text };
	struct prompter prompter;
	const char *typed;
	size_t length;
	int result = run(&prompter, &prompt, &typed, &length);

	prompter_wipe(&prompter);
	return result == 0;
}

bool program_ask_pin(const char *text, struct secret *ret_pin)
{
	const struct prompt prompt = { .kind = PROMPT_PASSCODE, .title = "SSH", .text = text, .field = "PIN:" };
	struct prompter prompter;
	const char *typed;
	size_t length;
	int result = run(&prompter, &prompt, &typed, &length);

	*ret_pin = SECRET_NONE;
	if (result == 0 && length <= PIN_MAX && secret_new(ret_pin, PIN_MAX + 1) == 0) {
		memcpy(ret_pin->data, typed, length);
		ret_pin->length = length;
	}
	prompter_wipe(&prompter);
	return ret_pin->length;
}
