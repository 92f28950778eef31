// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/settings_file.h"
#include "config_files.h"
#include "daemon/log.h"
#include "kdf_limits.h"

struct config config;

/* Half of it for a user: while one user's passcode is tried, there is room for another's. */
static uint32_t limit_of(const struct config *of, bool privileged)
{
	return privileged ? of->memory_limit_kib : of->memory_limit_kib / 2;
}

/* The file being read, its settings, and what is wrong with it. */
struct reading {
	struct config config;
	const char *path;
	int line;
	unsigned int wrong;		/* lines that were not understood */
	unsigned int unknown;		/* keys; perhaps of a later version */
	char right[CONFIG_PROBLEM + 64];	/* what the last key takes */
};

static int set_number(struct reading *reading, uint32_t *field, const char *value, uint32_t minimum, uint32_t maximum)
{
	unsigned long number;
	char *end;

	snprintf(reading->right, sizeof(reading->right), "a number from %u to %u", minimum, maximum);
	errno = 0;
	number = strtoul(value, &end, 10);
	if (errno || end == value || *end || *value == '-' || number < minimum || number > maximum)
		return -EINVAL;
	*field = (uint32_t)number;
	return 0;
}

static int set_tenth_failure(struct reading *reading, const char *value)
{
	static const char *const names[] = {
		[TENTH_FAILURE_DELAYS] = "delay",
		[TENTH_FAILURE_DISABLES] = "disable",
		[TENTH_FAILURE_ERASES] = "erase",
	};
	size_t i;

	snprintf(reading->right, sizeof(reading->right), "delay, disable or erase");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(value, names[i])) {
			reading->config.tenth_failure = (enum tenth_failure)i;
			return 0;
		}
	return -EINVAL;
}

static int set_create(struct reading *reading, const char *value)
{
	snprintf(reading->right, sizeof(reading->right), "login, any-login or never");
	if (strcmp(value, "login") && strcmp(value, "any-login") && strcmp(value, "never"))
		return -EINVAL;
	reading->config.create_at_login = strcmp(value, "never");
	reading->config.create_of_any = !strcmp(value, "any-login");
	return 0;
}

/*
 * One that others may write would let them choose the organisation. Returns the length, or a negative errno,
 * -EACCES of such a one.
 */
static ssize_t read_certificate(const char *path, uint8_t ret_bytes[ORGANISATION_CERTIFICATE])
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if ((status.st_uid && status.st_uid != geteuid()) || status.st_mode & (S_IWGRP | S_IWOTH))
		return -EACCES;
	return read_all(fd, ret_bytes, ORGANISATION_CERTIFICATE);
}

static int find_organisation(struct reading *reading, const char *path, char problem[ORGANISATION_PROBLEM])
{
	struct organisation *organisation = reading->config.organisation;
	uint8_t bytes[ORGANISATION_CERTIFICATE];
	ssize_t length = read_certificate(path, bytes);

	if (length == -EACCES)
		snprintf(problem, ORGANISATION_PROBLEM, "others than root may write it, or keybagd may not read it");
	else if (length < 0)
		snprintf(problem, ORGANISATION_PROBLEM, "%s", length == -EMSGSIZE ? "it is too long for a certificate" :
			 strerrordesc_np((int)-length));
	if (length < 0)
		return (int)length;
	if (!organisation)
		organisation = reading->config.organisation = malloc(sizeof(*organisation));
	if (organisation)
		return organisation_read(bytes, (size_t)length, organisation, problem);
	snprintf(problem, ORGANISATION_PROBLEM, "there is no memory for it");
	return -ENOMEM;
}

/* The last one holds, as of other keys: also where it takes back a former one, or is of no use. */
static int set_organisation(struct reading *reading, const char *path)
{
	char problem[ORGANISATION_PROBLEM];
	int result = 0;

	reading->config.organisation_problem[0] = 0;
	if (*path == '/')
		result = find_organisation(reading, path, problem);
	if (*path == '/' && !result)
		return 0;
	free(reading->config.organisation);
	reading->config.organisation = NULL;
	/* The day on which one expires takes no other setting away, nor is it an error of whoever wrote the file. */
	if (result == -EKEYEXPIRED) {
		snprintf(reading->config.organisation_problem, CONFIG_PROBLEM, "%s: %s", path, problem);
		log_warning("%s:%d: the organisation is not let in: %s", reading->path, reading->line,
			    reading->config.organisation_problem);
		return 0;
	}
	snprintf(reading->right, sizeof(reading->right), "the path of a certificate, from the root folder on, or nothing");
	if (!result)
		return *path ? -EINVAL : 0;
	snprintf(reading->config.organisation_problem, CONFIG_PROBLEM, "%s: %s", path, problem);
	snprintf(reading->right, sizeof(reading->right), "a certificate that can be used; %s",
		 reading->config.organisation_problem);
	return -EINVAL;
}

/* Returns 0, -EINVAL for a value that the key does not take, or -ENOENT for an unknown key. */
static int config_set(struct reading *reading, const char *key, const char *value)
{
	struct keybag_kdf *kdf = &reading->config.kdf;

	if (!strcmp(key, "kdf-memory-kib"))
		return set_number(reading, &kdf->memory_kib, value, KDF_MIN_MEMORY_KIB, KDF_MAX_MEMORY_KIB / 2);
	if (!strcmp(key, "kdf-passes"))
		return set_number(reading, &kdf->passes, value, 1, KDF_MAX_PASSES);
	if (!strcmp(key, "kdf-lanes"))
		return set_number(reading, &kdf->lanes, value, 1, KDF_MAX_LANES);
	if (!strcmp(key, "lock-after-idle"))
		return set_number(reading, &reading->config.lock_after_idle, value, 0, CONFIG_MAX_IDLE);
	if (!strcmp(key, "tenth-failure"))
		return set_tenth_failure(reading, value);
	if (!strcmp(key, "create"))
		return set_create(reading, value);
	if (!strcmp(key, "organisation-certificate"))
		return set_organisation(reading, value);
	return -ENOENT;
}

/* A key is printed: nothing in it may speak to a terminal. */
static bool is_key(const char *text)
{
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

static void read_line(struct reading *reading, char *line, size_t length)
{
	char *value;
	int result;

	if (!settings_file_is_text(line, length)) {
		reading->wrong++;
		log_warning("%s:%d: not understood and passed over: it has a NUL or a carriage return in it: save the file "
			    "as UTF-8 with a line feed at the end of each line", reading->path, reading->line);
		return;
	}
	line[strcspn(line, "#")] = 0;
	value = strchr(line, '=');
	if (value)
		*value++ = 0;
	line = settings_file_trim(line);
	if (!*line && !value)
		return;
	if (!value || !is_key(line)) {
		reading->wrong++;
		log_warning("%s:%d: not understood and passed over: a line is 'key = value', with a key of "
			    "keybagd.conf(5)", reading->path, reading->line);
		return;
	}
	result = config_set(reading, line, settings_file_trim(value));
	if (result == -ENOENT) {
		reading->unknown++;
		log_warning("%s:%d: unknown key '%s' is passed over, keybagd.conf(5) has those there are",
			    reading->path, reading->line, line);
	} else if (result < 0) {
		reading->wrong++;
		log_warning("%s:%d: not understood and passed over: %s takes %s", reading->path, reading->line,
			    line, reading->right);
	}
}

static uint32_t memory_limit(void)
{
	uint64_t bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t kib = bytes / 8 / 1024;

	return kib < KDF_MAX_MEMORY_KIB ? (uint32_t)kib : KDF_MAX_MEMORY_KIB;
}

/* @any: also what is no regular file, which its caller waits for. Returns 0 or a negative errno. */
static int open_file(const char *path, bool any, FILE **ret_file)
{
	if (!any)
		return settings_file_open(path, ret_file);
	*ret_file = fopen(path, "re");
	return *ret_file ? 0 : -errno;
}

/* Returns 0, also without the file, or a negative errno, logged, when it could not be read to its end. */
static int read_file(struct reading *reading, const char *path, bool any)
{
	CLEANUP_FILE FILE *file = NULL;
	CLEANUP_FREE char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int result = open_file(path, any, &file);

	if (result == -ENOENT)
		return 0;
	if (result < 0) {
		log_warning("%s is not used: %s", path, settings_file_problem(result));
		return result;
	}
	reading->path = path;
	reading->line = 0;
	errno = 0;
	while ((length = getline(&line, &size, file)) >= 0) {
		reading->line++;
		read_line(reading, line, (size_t)length);
		errno = 0;
	}
	if (feof(file))
		return 0;
	result = -errno;
	log_warning("%s is not used to its end: %m", path);
	return result;
}

static int read_places(struct reading *reading)
{
	CLEANUP(config_files_free) struct config_files files;
	int failed = config_files_find(&files), result;
	size_t i;

	for (i = 0; i < files.count; i++) {
		result = read_file(reading, files.paths[i], false);
		if (result < 0)
			failed = result;
	}
	return failed;
}

/* Returns 0 or a negative errno when not all of it could be read, or was understood. */
static int read_settings(struct reading *reading, const char *path)
{
	struct config *fresh = &reading->config;
	uint32_t most;
	int result;

	*reading = (struct reading){
		.config = {
			.kdf = {
				.memory_kib = KDF_DEFAULT_MEMORY_KIB,
				.passes = KDF_DEFAULT_PASSES,
				.lanes = KDF_DEFAULT_LANES,
			},
			.memory_limit_kib = memory_limit(),
		},
	};
	result = path ? read_file(reading, path, true) : read_places(reading);
	/* A passcode that is made here has to be of use here. */
	most = limit_of(fresh, false);
	if (fresh->kdf.memory_kib > most) {
		log_warning("kdf-memory-kib: %u is used, not %u: a sixteenth of this machine's memory, and 131072 "
			    "at most, is what a passcode may take", most, fresh->kdf.memory_kib);
		fresh->kdf.memory_kib = most;
	}
	return result < 0 || !reading->wrong ? result : -EINVAL;
}

static void take(struct reading *reading)
{
	free(config.organisation);
	config = reading->config;
}

void config_load(const char *path)
{
	struct reading reading;

	read_settings(&reading, path);
	take(&reading);
}

int config_reload(const char *path)
{
	struct reading reading;
	int result = read_settings(&reading, path);

	if (result < 0) {
		log_error("keybagd.conf is not read again: the settings stay as they were; mend what is named above, "
			  "then 'systemctl reload keybagd'");
		free(reading.config.organisation);
		return result;
	}
	take(&reading);
	log_notice("keybagd.conf is read again");
	return 0;
}

int config_check(const char *path)
{
	struct reading reading;
	int result;

	if (path && access(path, R_OK) < 0) {
		result = -errno;
		log_error("%s: %m", path);
		return result;
	}
	result = read_settings(&reading, path);
	free(reading.config.organisation);
	return !result && reading.unknown ? -EINVAL : result;
}

uint32_t config_kdf_limit_kib(bool privileged)
{
	return limit_of(&config, privileged);
}

uint64_t config_kdf_cost(const struct keybag_kdf *kdf)
{
	return (uint64_t)kdf->memory_kib * kdf->passes;
}

uint64_t config_kdf_cost_limit(void)
{
	uint64_t usual = config_kdf_cost(&config.kdf);

	return usual > KDF_MAX_COST_OF_USER ? usual : KDF_MAX_COST_OF_USER;
}

int config_complete_kdf(struct keybag_kdf *kdf, bool privileged)
{
	if (!kdf->memory_kib)
		kdf->memory_kib = config.kdf.memory_kib;
	if (!kdf->passes)
		kdf->passes = config.kdf.passes;
	if (!kdf->lanes)
		kdf->lanes = config.kdf.lanes;
	if (kdf->memory_kib < KDF_MIN_MEMORY_KIB ||
	    kdf->memory_kib > config_kdf_limit_kib(privileged) ||
	    kdf->passes > KDF_MAX_PASSES || kdf->lanes > KDF_MAX_LANES ||
	    (!privileged && config_kdf_cost(kdf) > config_kdf_cost_limit()))
		return -EINVAL;
	return 0;
}
