// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For suites of other projects, which know items by names of their own: the Secret Service, with its own objects but for this one,
 * in which an item whose uuid is in the file GIVEN_NAMES has the name that stands beside it there. With ONLY_PLAIN it takes
 * part in no Diffie-Hellman exchange, as old services did. For machines of tests only.
 *
 * The file has 64 KiB: lines of 32 hexadecimal digits, a space and a name, then zeros. Whoever has it changes it in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "helper/secretservice/bus/path.h"

#define FILE_SIZE	65536
#define DIGITS		(2 * PATH_UUID_SIZE)
#define NAME_SIZE	32

void __real_path_parse(const char *text, struct path *ret_path);
void __wrap_path_parse(const char *text, struct path *ret_path);
void __real_path_of_item(const char *name, const uint8_t uuid[PATH_UUID_SIZE], char ret_text[PATH_SIZE]);
void __wrap_path_of_item(const char *name, const uint8_t uuid[PATH_UUID_SIZE], char ret_text[PATH_SIZE]);
int __real_open_session(sd_bus_message *message, void *context, sd_bus_error *error);
int __wrap_open_session(sd_bus_message *message, void *context, sd_bus_error *error);

static const char *given;

/* Before the program takes its own access to files away. */
__attribute__((constructor)) static void map_names(void)
{
	const char *path = getenv("GIVEN_NAMES");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *mapped = fd >= 0 ? mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (mapped == MAP_FAILED) {
		fputs("keybag-secret-service: GIVEN_NAMES names no file that can be mapped\n", stderr);
		exit(1);
	}
	given = mapped;
	close(fd);
}

/* The line of that name or of these digits; NULL: there is none. */
static const char *line_of(const char *name, const char *digits, char ret_digits[DIGITS + 1], char ret_name[NAME_SIZE])
{
	for (const char *line = given; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		if (sscanf(line, "%32s %31s", ret_digits, ret_name) != 2)
			return NULL;
		if (name ? !strcmp(name, ret_name) : !strcmp(digits, ret_digits))
			return line;
	}
	return NULL;
}

void __wrap_path_parse(const char *text, struct path *ret_path)
{
	const char *slash = strrchr(text, '/');
	char digits[DIGITS + 1], name[NAME_SIZE], path[PATH_SIZE];

	__real_path_parse(text, ret_path);
	if (ret_path->kind != PATH_NONE || !slash || !line_of(slash + 1, NULL, digits, name))
		return;
	if (snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - text), text, digits) < (int)sizeof(path))
		__real_path_parse(path, ret_path);
}

void __wrap_path_of_item(const char *name, const uint8_t uuid[PATH_UUID_SIZE], char ret_text[PATH_SIZE])
{
	char digits[DIGITS + 1], other[NAME_SIZE], *end;

	__real_path_of_item(name, uuid, ret_text);
	end = strrchr(ret_text, '/') + 1;
	if (line_of(NULL, end, digits, other))
		strcpy(end, other);
}

int __wrap_open_session(sd_bus_message *message, void *context, sd_bus_error *error)
{
	const char *algorithm;

	if (!getenv("ONLY_PLAIN"))
		return __real_open_session(message, context, error);
	if (sd_bus_message_read(message, "s", &algorithm) < 0 || sd_bus_message_rewind(message, true) < 0)
		return -EBADMSG;
	return strcmp(algorithm, "plain") ? sd_bus_error_set(error, SD_BUS_ERROR_NOT_SUPPORTED, "plain sessions only") :
	       __real_open_session(message, context, error);
}
