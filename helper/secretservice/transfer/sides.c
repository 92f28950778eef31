// SPDX-License-Identifier: GPL-2.0-or-later
#include "sides.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "helper/cli/exit_status.h"
#include "helper/cli/program.h"
#include "helper/common/cleanup.h"
#include "helper/common/translate.h"
#include "other_store.h"
#include "user_folder.h"

#ifndef SECRET_SERVICE_PROGRAM
#define SECRET_SERVICE_PROGRAM	"/usr/libexec/keybag-secret-service"
#endif
/* As gnome-keyring is called: a name has no article, which languages would bend. */
#define KEYCHAIN_CALLED	"keybag-secret-service"
#define OWN_NAME	"org.freedesktop.secrets.keychain"
#define COMM_SIZE	15	/* what the kernel keeps of a program's name */
#define PLACE_SIZE	(PATH_MAX + 64)

/* ---- buses ---- */

void sides_begin(struct sides *ret_sides)
{
	*ret_sides = SIDES_NONE;
	if (sd_bus_open_user(&ret_sides->session) < 0)
		ret_sides->session = NULL;
}

void sides_end(struct sides *sides)
{
	sides->session = sd_bus_flush_close_unref(sides->session);
	private_bus_end(&sides->private);
}

static bool is_program(const char *comm, const char *program)
{
	return !strncmp(comm, program, COMM_SIZE);
}

enum provider sides_provider(sd_bus *bus, const char *name, char ret_owner[NAME_OWNER_SIZE], char *ret_called, size_t called_size)
{
	CLEANUP(bus_credentials_unref) sd_bus_creds *credentials = NULL;
	const char *owner, *comm = "";

	if (!bus || sd_bus_get_name_creds(bus, name, SD_BUS_CREDS_UNIQUE_NAME | SD_BUS_CREDS_PID | SD_BUS_CREDS_COMM |
					  SD_BUS_CREDS_AUGMENT, &credentials) < 0 ||
	    sd_bus_creds_get_unique_name(credentials, &owner) < 0)
		return PROVIDER_NONE;
	sd_bus_creds_get_comm(credentials, &comm);
	if (ret_owner)
		snprintf(ret_owner, NAME_OWNER_SIZE, "%s", owner);
	if (ret_called)
		snprintf(ret_called, called_size, "%s", is_program(comm, "gnome-keyring-daemon") ? "gnome-keyring" : comm);
	if (is_program(comm, "keybag-secret-service"))
		return PROVIDER_KEYCHAIN;
	return is_program(comm, "gnome-keyring-daemon") ? PROVIDER_KEYRING : PROVIDER_OTHER;
}

static void tell_question(const struct peer *peer)
{
	program_complain(_("%s asks on the screen, and is waited for: at most five minutes"), peer->called);
}

static int open_peer(sd_bus *bus, const char *owner, const char *called, struct peer *ret_peer)
{
	int result = peer_open(bus, owner, called, ret_peer);

	ret_peer->on_wait = tell_question;
	if (result == -EPROTONOSUPPORT)
		return program_complain(_("%s offers no encryption of secrets on their way, and nothing was read"), called);
	return result < 0 ? program_complain(_("%s does not answer: %s"), called, peer_problem(ret_peer, result)) : 0;
}

static int open_started(struct sides *sides, const char *name, const char *called, struct peer *ret_peer)
{
	char owner[NAME_OWNER_SIZE];

	if (sides_provider(sides->private.bus, name, owner, NULL, 0) == PROVIDER_NONE)
		return program_complain(_("%s was started and does not answer"), called);
	return open_peer(sides->private.bus, owner, called, ret_peer);
}

/* ---- the keychain ---- */

static int start_keychain(struct sides *sides, struct peer *ret_peer)
{
	char *const command[] = { SECRET_SERVICE_PROGRAM, "--name=" OWN_NAME, NULL };
	int result = private_bus_start(&sides->private);

	if (!result)
		result = private_bus_run(&sides->private, command, NULL, NULL, OWN_NAME, "keybag-secret-service");
	return result ? result : open_started(sides, OWN_NAME, KEYCHAIN_CALLED, ret_peer);
}

/* Locked as well is where there is no keybag. One that is locked by a program alone leaves the others open. */
static int check_open(struct peer *peer)
{
	struct record_collections collections;
	bool open = false;
	int result = peer_collections(peer, &collections);

	if (result < 0)
		return program_complain(_("the keychain cannot be read: %s"), peer_problem(peer, result));
	for (size_t at = 0; at < collections.count; at++)
		open |= !collections.collections[at].locked;
	record_collections_free(&collections);
	if (open)
		return 0;
	program_complain(_("the keychain is locked, or there is no keybag: 'keybagctl status' tells which, 'keybagctl unlock' opens it"));
	return EXIT_LOCKED;
}

int sides_open_keychain(struct sides *sides, struct peer *ret_peer)
{
	char owner[NAME_OWNER_SIZE];
	int result;

	if (sides_provider(sides->session, SECRETS_NAME, owner, NULL, 0) == PROVIDER_KEYCHAIN)
		result = open_peer(sides->session, owner, KEYCHAIN_CALLED, ret_peer);
	else
		result = start_keychain(sides, ret_peer);
	return result ? result : check_open(ret_peer);
}

/* ---- the other one ---- */

static bool is_keyring(const char *name)
{
	size_t length = strlen(name);

	return length > 8 && !strcmp(name + length - 8, ".keyring");
}

/* Returns 0 or a negative errno. */
static int copy_file(int from, int to, const char *name)
{
	CLEANUP_FD int source = openat(from, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK), target = -1;
	struct stat status;
	ssize_t part;

	if (source < 0 || fstat(source, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return 0;
	target = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (target < 0)
		return -errno;
	do {
		part = sendfile(target, source, NULL, 1 << 20);
	} while (part > 0);
	return part < 0 ? -errno : 0;
}

/* Another number where one of the keyrings is another, has come or has gone. 0: there are none. */
static uint64_t stamp_keyrings(const char *path)
{
	CLEANUP_FOLDER DIR *folder = opendir(path);
	struct dirent *entry;
	struct stat status;
	uint64_t stamp = 0;

	while (folder && (entry = readdir(folder))) {
		if (is_keyring(entry->d_name) && !fstatat(dirfd(folder), entry->d_name, &status, 0))
			stamp += ((uint64_t)status.st_mtim.tv_sec * 1000000000 + (uint64_t)status.st_mtim.tv_nsec) * 31 +
				 (uint64_t)status.st_ino * 7 + (uint64_t)status.st_size + 1;
	}
	return stamp;
}

/* The file "default" says which one that is. */
static int copy_keyrings(const char *path, const char *to, bool *ret_any)
{
	CLEANUP_FOLDER DIR *folder = opendir(path);
	CLEANUP_FD int target = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	int result = 0;

	*ret_any = false;
	if (!folder)
		return errno == ENOENT ? 0 : -errno;
	if (target < 0)
		return -errno;
	while (!result && (entry = readdir(folder))) {
		*ret_any |= is_keyring(entry->d_name);
		if (is_keyring(entry->d_name) || !strcmp(entry->d_name, "default"))
			result = copy_file(dirfd(folder), target, entry->d_name);
	}
	return result;
}

/* The number of others that have secrets and do not run; each is told. */
static size_t tell_others(struct sides *sides)
{
	char data[PATH_MAX] = "", settings[PATH_MAX] = "", place[OTHER_STORE_PLACE_SIZE];
	size_t count = 0;

	if (!user_folder(sides->session, "XDG_DATA_HOME", ".local/share", data) ||
	    !user_folder(sides->session, "XDG_CONFIG_HOME", ".config", settings))
		return 0;
	for (enum other_store store = 0; store < OTHER_STORES; store++) {
		if (!other_store_is_used(store, data, settings, place))
			continue;
		count++;
		program_complain(_("%s has secrets (%s), and does not run as a Secret Service: start it in your session, have it provide "
				   "org.freedesktop.secrets, and run this again"), other_store_called(store), place);
	}
	return count;
}

static int no_keyrings(size_t others, const char *path)
{
	if (others)
		return EXIT_NOT_THERE;
	program_complain(_("no other Secret Service runs, and there are no keyrings in %s: nothing is there to be imported"), path);
	return EXIT_NOT_FOUND;
}

static bool find_keyrings(struct sides *sides, char ret_path[PLACE_SIZE])
{
	char data[PATH_MAX];

	if (!user_folder(sides->session, "XDG_DATA_HOME", ".local/share", data))
		return false;
	snprintf(ret_path, PLACE_SIZE, "%s/keyrings", data);
	return true;
}

bool sides_copies_are_old(struct sides *sides)
{
	char path[PLACE_SIZE];

	return sides->stamp && find_keyrings(sides, path) && stamp_keyrings(path) != sides->stamp;
}

static int make_copies(struct sides *sides, char data[PLACE_SIZE])
{
	char from[PLACE_SIZE], to[PLACE_SIZE + 16];
	bool any;
	int result;

	if (!find_keyrings(sides, from))
		return program_complain(_("HOME does not name your folder: nothing says where your keyrings are"));
	snprintf(data, PLACE_SIZE, "%s/data", sides->private.folder);
	snprintf(to, sizeof(to), "%s/keyrings", data);
	if (mkdir(data, 0700) < 0 || mkdir(to, 0700) < 0)
		return program_complain("%s: %s", to, translate_errno(errno));
	sides->stamp = stamp_keyrings(from);
	result = copy_keyrings(from, to, &any);
	if (result < 0)
		return program_complain("%s: %s", from, translate_errno(result));
	return any ? 0 : no_keyrings(sides->others, from);
}

static int start_keyring(struct sides *sides, bool copies, struct peer *ret_peer)
{
	char control[PLACE_SIZE + 32], data[PLACE_SIZE];
	char *const command[] = { "gnome-keyring-daemon", "--foreground", "--components=secrets", control, NULL };
	int result = private_bus_start(&sides->private);

	if (!result && copies)
		result = make_copies(sides, data);
	if (result)
		return result;
	snprintf(control, sizeof(control), "--control-directory=%s/control", sides->private.folder);
	result = private_bus_run(&sides->private, command, copies ? "XDG_DATA_HOME" : NULL, data, SECRETS_NAME, "gnome-keyring");
	return result ? result : open_started(sides, SECRETS_NAME, "gnome-keyring", ret_peer);
}

int sides_open_other(struct sides *sides, bool copies, struct peer *ret_peer)
{
	char owner[NAME_OWNER_SIZE], called[64];
	enum provider provider = sides_provider(sides->session, SECRETS_NAME, owner, called, sizeof(called));

	if (copies && provider != PROVIDER_OTHER)
		sides->others = tell_others(sides);
	if (provider == PROVIDER_NONE || provider == PROVIDER_KEYCHAIN)
		return start_keyring(sides, copies, ret_peer);
	return open_peer(sides->session, owner, called, ret_peer);
}
