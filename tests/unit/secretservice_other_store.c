// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Services whose secrets an import cannot read while they do not run: they are found by their files and settings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/secretservice/transfer/other_store.h"
#include "tests/unit/lib/tap.h"

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		exit(1);
}

static bool is_used(enum other_store store)
{
	char place[OTHER_STORE_PLACE_SIZE];

	return other_store_is_used(store, "data [x]", "settings", place);
}

static bool is_enabled_by(const char *text)
{
	write_file("settings/keepassxc/keepassxc.ini", text);
	return is_used(OTHER_STORE_KEEPASSXC);
}

static void test_none(void)
{
	for (enum other_store store = 0; store < OTHER_STORES; store++)
		check(!is_used(store));
	tap_test("without folders there are no secrets");
}

static void test_files(void)
{
	char place[OTHER_STORE_PLACE_SIZE];

	write_file("data [x]/keyrings/login.keyring", "of gnome-keyring");
	write_file("data [x]/keyrings/v1/.hidden.keyring", "of nobody");
	write_file("data [x]/keyrings/v1/login.keyring", "");
	write_file("data [x]/kwalletd/kdewallet.salt", "salt");
	check(!is_used(OTHER_STORE_OO7) && !is_used(OTHER_STORE_KWALLET));
	write_file("data [x]/keyrings/v1/login.keyring", "x");
	write_file("data [x]/kwalletd/kdewallet.kwl", "x");
	check(other_store_is_used(OTHER_STORE_OO7, "data [x]", "settings", place) && !strcmp(place, "data [x]/keyrings/v1/*.keyring"));
	check(other_store_is_used(OTHER_STORE_KWALLET, "data [x]", "settings", place) && !strcmp(place, "data [x]/kwalletd/*.kwl"));
	tap_test("files of KWallet and oo7 count where they have something");
}

static void test_settings(void)
{
	check(is_enabled_by("[General]\nx=1\n\n[FdoSecrets]\nShow=true\nEnabled=true\n"));
	check(is_enabled_by("[FdoSecrets]\r\nenabled = True\r\n"));
	check(!is_enabled_by("[FdoSecrets]\nEnabled=false\n[Browser]\nEnabled=true\n"));
	check(!is_enabled_by("[FdoSecrets]\nEnabledX=true\n"));
	check(!is_enabled_by("Enabled=true\n"));
	tap_test("KeePassXC counts where its settings have it give secrets to programs");
}

int main(void)
{
	char folder[] = "/tmp/other-store-XXXXXX", command[64];

	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 1;
	tap_start();
	test_none();
	if (mkdir("data [x]", 0700) < 0 || mkdir("data [x]/keyrings", 0700) < 0 || mkdir("data [x]/keyrings/v1", 0700) < 0 ||
	    mkdir("data [x]/kwalletd", 0700) < 0 || mkdir("settings", 0700) < 0 || mkdir("settings/keepassxc", 0700) < 0)
		return 1;
	test_files();
	test_settings();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) ? 1 : tap_end();
}
