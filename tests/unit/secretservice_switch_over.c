// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The note by which the generator is told that the keychain is to be used, where there is one of a former keybag. What the service manager
 * and the buses would answer is given here.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/cli/program.h"
#include "helper/common/printable.h"
#include "helper/daemon/service_manager.h"
#include "helper/secretservice/transfer/switch_over.h"
#include "tests/unit/lib/tap.h"

#define NOTE	".local/state/keybag-secret-service"
#define OTHER	"state/keybag-secret-service"
#define SERVICE	"dbus-1/services/org.freedesktop.secrets.service"

static bool provides;
static char seen[64];

static const char *text_of(const char *path)
{
	static char text[64];
	FILE *file = fopen(path, "r");
	size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (!file)
		return NULL;
	fclose(file);
	text[length] = 0;
	return text;
}

static void write_note(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file)) {
		puts("Bail out! no file");
		exit(1);
	}
}

static bool has(const char *path, const char *text)
{
	const char *found = text_of(path);

	return text && found ? !strcmp(found, text) : !text && !found;
}

/* ---- in the place of the buses ---- */

int manager_environment(sd_bus *bus, char ***ret_variables)
{
	(void)bus;
	*ret_variables = NULL;
	return -1;
}

/* Reload: the generator runs, and sees the notes as they are then. */
int sd_bus_call_method(sd_bus *bus, const char *destination, const char *path, const char *interface, const char *member, sd_bus_error *ret_error,
		       sd_bus_message **ret_reply, const char *types, ...)
{
	const char *text = text_of(NOTE);

	(void)bus, (void)destination, (void)path, (void)interface, (void)ret_error, (void)ret_reply, (void)types;
	if (strcmp(member, "Reload"))
		return -1;
	snprintf(seen, sizeof(seen), "%s", text ? text : "none");
	if (provides)
		write_note(SERVICE, "");
	else
		unlink(SERVICE);
	return 0;
}

enum provider sides_provider(sd_bus *bus, const char *name, char ret_owner[NAME_OWNER_SIZE], char *ret_called, size_t called_size)
{
	(void)bus, (void)name, (void)ret_owner, (void)ret_called, (void)called_size;
	return PROVIDER_KEYCHAIN;
}

int program_complain(const char *format, ...)
{
	(void)format;
	return 1;
}

void printable_line(FILE *file, const char *format, ...)
{
	(void)file, (void)format;
}

/* ---- the tests ---- */

static int switch_with(bool session, bool provided)
{
	struct sides sides = SIDES_NONE;

	sides.session = session ? (sd_bus *)&sides : NULL;
	provides = provided;
	*seen = 0;
	return switch_over(&sides);
}

static void remove_all(void)
{
	unlink(NOTE);
	unlink(OTHER);
}

static void test_of_former(void)
{
	write_note(NOTE, "former\n");
	write_note(OTHER, "former\n");
	check(switch_with(true, true) == 0 && !strcmp(seen, ""));
	check(has(NOTE, "") && has(OTHER, "") && has(NOTE ".before", NULL) && has(OTHER ".before", NULL));
	remove_all();
	tap_test("the note of a former keybag gives way to one of any");
}

static void test_refused(void)
{
	write_note(NOTE, "former\n");
	check(switch_with(true, false) == 1 && !strcmp(seen, ""));
	check(has(NOTE, "former\n") && has(OTHER, NULL) && has(NOTE ".before", NULL));
	remove_all();
	tap_test("and is back where the generator refuses, while one that was made is removed");
}

static void test_one_place(void)
{
	char place[512];

	snprintf(place, sizeof(place), "%s/.local/state", getenv("HOME"));
	setenv("XDG_STATE_HOME", place, 1);
	write_note(NOTE, "former\n");
	check(switch_with(true, false) == 1 && has(NOTE, "former\n"));
	check(switch_with(false, false) == 0 && has(NOTE, "") && has(NOTE ".before", NULL));
	remove_all();
	tap_test("also where both places are one, and where no manager runs");
}

int main(void)
{
	char folder[] = "/tmp/secretservice-switch-XXXXXX", place[512];

	if (!mkdtemp(folder) || chdir(folder) < 0 || mkdir(".local", 0700) < 0 || mkdir(".local/state", 0700) < 0 || mkdir("state", 0700) < 0 ||
	    mkdir("dbus-1", 0700) < 0 || mkdir("dbus-1/services", 0700) < 0)
		return 1;
	setenv("HOME", folder, 1);
	setenv("XDG_RUNTIME_DIR", folder, 1);
	snprintf(place, sizeof(place), "%s/state", folder);
	setenv("XDG_STATE_HOME", place, 1);
	tap_start();
	test_of_former();
	test_refused();
	test_one_place();
	snprintf(place, sizeof(place), "rm -rf %s", folder);
	return system(place) ? 1 : tap_end();
}
