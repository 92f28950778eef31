// SPDX-License-Identifier: GPL-2.0-or-later
#include "ios_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "complain.h"
#include "helper/ios/ios_exchange.h"
#include "helper/keychain/base/cbor_read.h"

#ifndef IOS_PROGRAM
#define IOS_PROGRAM	"/usr/libexec/keychain-ios-backup"
#endif

/* An item has the most entries, fewer than this. */
#define MAX_ENTRIES	256

/* ---- The folder ---------------------------------------------------------------------------------- */

static int open_below(int folder, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	CLEANUP_FD int descriptor = (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
	struct stat status;

	if (descriptor < 0)
		return -errno;
	if (fstat(descriptor, &status) < 0)
		return -errno;
	return S_ISREG(status.st_mode) ? take_descriptor(&descriptor) : -EISDIR;
}

static int refuse_file(const char *folder, const char *name, int error)
{
	if (error == -ELOOP || error == -EXDEV)
		return complain_other(_("%s/%s is a symbolic link: no file of a backup is one"), folder, name);
	if (error == -EISDIR || error == -ENXIO)
		return complain_other(_("%s/%s is no regular file"), folder, name);
	complain_other("%s/%s: %s", folder, name, translate_errno(error));
	return exit_status_of_file(error);
}

static bool has_old_manifest(int folder)
{
	CLEANUP_FD int old = open_below(folder, "Manifest.mbdb");

	return old >= 0;
}

static int open_file(int folder, const char *folder_name, const char *name, int *ret_descriptor)
{
	int descriptor = open_below(folder, name);

	if (descriptor == -ENOENT && !strcmp(name, "Manifest.plist")) {
		complain_other(_("%s has no Manifest.plist: name the folder of one backup"), folder_name);
		return EXIT_NOT_FOUND;
	}
	if (descriptor == -ENOENT && has_old_manifest(folder))
		return complain_other(_("%s is a backup of iOS 9 or older, whose Manifest.mbdb is not read: make one with a newer "
					"version of iOS"), folder_name);
	if (descriptor < 0)
		return refuse_file(folder_name, name, descriptor);
	*ret_descriptor = descriptor;
	return 0;
}

/* A backup without a keychain is one all the same, and the reader says what is to be said of it. */
static int open_keychain(int folder, const char *folder_name, int *ret_descriptor)
{
	static const char name[] = { IOS_KEYCHAIN_FILE[0], IOS_KEYCHAIN_FILE[1], '/', 0 };
	char path[sizeof(name) + sizeof(IOS_KEYCHAIN_FILE)];
	int descriptor;

	snprintf(path, sizeof(path), "%s%s", name, IOS_KEYCHAIN_FILE);
	descriptor = open_below(folder, path);
	if (descriptor == -ENOENT) {
		descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
		descriptor = descriptor < 0 ? -errno : descriptor;
	}
	if (descriptor < 0)
		return refuse_file(folder_name, path, descriptor);
	*ret_descriptor = descriptor;
	return 0;
}

int ios_folder_open(const char *name, struct ios_folder *ret_folder)
{
	CLEANUP_IOS_FOLDER struct ios_folder folder = IOS_FOLDER_NONE;
	CLEANUP_FD int descriptor = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (descriptor < 0)
		return complain_file(name, errno);
	result = open_file(descriptor, name, "Manifest.plist", &folder.files[IOS_FILE_MANIFEST]);
	if (!result)
		result = open_file(descriptor, name, "Manifest.db", &folder.files[IOS_FILE_DATABASE]);
	if (!result)
		result = open_keychain(descriptor, name, &folder.files[IOS_FILE_KEYCHAIN]);
	if (result)
		return result;
	*ret_folder = folder;
	folder = IOS_FOLDER_NONE;
	return 0;
}

void ios_folder_close(struct ios_folder *folder)
{
	for (size_t i = 0; i < IOS_FILES; i++)
		cleanup_descriptor(&folder->files[i]);
	*folder = IOS_FOLDER_NONE;
}

/* ---- The program --------------------------------------------------------------------------------- */

static void end_actions(posix_spawn_file_actions_t **actions)
{
	if (*actions)
		posix_spawn_file_actions_destroy(*actions);
}

/* Copies above the numbers that the program gets, so that none is overwritten before it is passed on. */
static int place_descriptors(posix_spawn_file_actions_t *actions, const int descriptors[IOS_FD_END], int copies[IOS_FD_END])
{
	int result = 0;

	for (int number = IOS_FD_MANIFEST; !result && number < IOS_FD_END; number++) {
		copies[number] = fcntl(descriptors[number], F_DUPFD_CLOEXEC, IOS_FD_END);
		result = copies[number] < 0 ? errno : posix_spawn_file_actions_adddup2(actions, copies[number], number);
	}
	return result;
}

static int spawn(const int descriptors[IOS_FD_END], pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions, *CLEANUP(end_actions) made = NULL;
	char *const words[] = { "keychain-ios-backup", NULL }, *const environment[] = { NULL };
	int copies[IOS_FD_END], result = posix_spawn_file_actions_init(&actions);

	memset(copies, 0xff, sizeof(copies));
	if (!result)
		made = &actions;
	/* The password may be on standard input, and what is printed is for scripts: it has none of the three. */
	for (int number = 0; !result && number < IOS_FD_MANIFEST; number++)
		result = posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0);
	if (!result)
		result = place_descriptors(&actions, descriptors, copies);
	/* Descriptors that keychainctl inherited are not for a program that parses what others have made. */
	if (!result)
		result = posix_spawn_file_actions_addclosefrom_np(&actions, IOS_FD_END);
	if (!result)
		result = posix_spawn(ret_pid, IOS_PROGRAM, &actions, NULL, words, environment);
	for (int number = IOS_FD_MANIFEST; number < IOS_FD_END; number++)
		cleanup_descriptor(&copies[number]);
	return result;
}

int ios_reader_start(const struct ios_folder *folder, struct ios_reader *ret_reader)
{
	CLEANUP_IOS_READER struct ios_reader reader = IOS_READER_NONE;
	CLEANUP_FD int other = -1;
	int pair[2], descriptors[IOS_FD_END], result;

	if (handover_new(&reader.window, NULL, IOS_WINDOW_SIZE) < 0) {
		char problem[SECRET_PROBLEM_SIZE];

		secret_problem(IOS_WINDOW_SIZE, problem);
		return complain_other("%s", problem);
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return complain_other("%s: %s", IOS_PROGRAM, translate_errno(errno));
	reader.socket = pair[0];
	other = pair[1];
	for (int i = 0; i < IOS_FILES; i++)
		descriptors[IOS_FD_MANIFEST + i] = folder->files[i];
	descriptors[IOS_FD_WINDOW] = reader.window.descriptor;
	descriptors[IOS_FD_SOCKET] = other;
	result = spawn(descriptors, &reader.pid);
	if (result) {
		reader.pid = -1;
		complain_other("%s: %s", IOS_PROGRAM, translate_errno(result));
		return result == ENOENT ? EXIT_NOT_THERE : EXIT_OTHER;
	}
	*ret_reader = reader;
	reader = IOS_READER_NONE;
	return 0;
}

int ios_reader_next(struct ios_reader *reader, struct value **ret_record)
{
	CLEANUP_SECRET struct secret copy = SECRET_NONE;
	const uint8_t *window = reader->window.mapping;
	uint32_t size;
	ssize_t length;
	int result;

	do
		length = recv(reader->socket, &size, sizeof(size), 0);
	while (length < 0 && errno == EINTR);
	if (length <= 0)
		return length < 0 && errno != ECONNRESET ? -errno : -EPIPE;
	if (length != sizeof(size) || !size || size > IOS_WINDOW_SIZE)
		return -EPROTO;
	/* A copy: the program may have been taken over by what it parses, and could change the window meanwhile. */
	result = secret_new(&copy, size);
	for (uint32_t i = 0; !result && i < size; i++)
		((volatile uint8_t *)copy.data)[i] = window[i];
	if (!result)
		result = cbor_value_read(copy.data, size, MAX_ENTRIES, ret_record);
	explicit_bzero(reader->window.mapping, size);
	return result;
}

void ios_reader_go_on(struct ios_reader *reader, const struct secret *password)
{
	uint8_t *window = reader->window.mapping;
	uint32_t length = password ? (uint32_t)password->length : 0;

	memcpy(window, &length, sizeof(length));
	/* Bytewise: no copy stays in a vector register. */
	for (uint32_t i = 0; i < length; i++)
		((volatile uint8_t *)window)[sizeof(length) + i] = password->data[i];
	/* Whether it has ended is found by the next record. */
	send(reader->socket, "", 1, MSG_NOSIGNAL);
}

void ios_reader_end(struct ios_reader *reader)
{
	cleanup_descriptor(&reader->socket);
	if (reader->pid > 0) {
		kill(reader->pid, SIGKILL);
		while (waitpid(reader->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	handover_free(&reader->window);
	*reader = IOS_READER_NONE;
}
