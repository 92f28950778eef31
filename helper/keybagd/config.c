// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "kdf.h"

struct config config;

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t\r\n", end[-1]))
		*--end = 0;
	return text;
}

static int set_number(uint32_t *field, const char *value, uint32_t minimum, uint32_t maximum)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (errno || end == value || *end || *value == '-' || number < minimum || number > maximum)
		return -EINVAL;
	*field = (uint32_t)number;
	return 0;
}

static int set_tenth_failure(const char *value)
{
	static const char *const names[] = {
		[TENTH_FAILURE_DELAYS] = "delay",
		[TENTH_FAILURE_DISABLES] = "disable",
		[TENTH_FAILURE_ERASES] = "erase",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(value, names[i])) {
			config.tenth_failure = (enum tenth_failure)i;
			return 0;
		}
	return -EINVAL;
}

static int set(const char *key, const char *value)
{
	if (!strcmp(key, "kdf-memory-kib"))
		return set_number(&config.kdf.memory_kib, value, KDF_MIN_MEMORY_KIB,
				  KDF_MAX_MEMORY_KIB);
	if (!strcmp(key, "kdf-passes"))
		return set_number(&config.kdf.passes, value, 1, KDF_MAX_PASSES);
	if (!strcmp(key, "kdf-lanes"))
		return set_number(&config.kdf.lanes, value, 1, KDF_MAX_LANES);
	if (!strcmp(key, "lock-after-idle"))
		return set_number(&config.lock_after_idle, value, 0, CONFIG_MAX_IDLE);
	if (!strcmp(key, "tenth-failure"))
		return set_tenth_failure(value);
	if (strcmp(key, "create"))
		return -ENOENT;
	if (strcmp(value, "login") && strcmp(value, "never"))
		return -EINVAL;
	config.create_at_login = !strcmp(value, "login");
	return 0;
}

static void read_line(const char *path, int number, char *line)
{
	char *value = strchr(line, '=');
	int result = -EINVAL;

	line[strcspn(line, "#")] = 0;
	line = trim(line);
	if (!*line)
		return;
	if (value && *value) {
		*value++ = 0;
		line = trim(line);
		result = set(line, trim(value));
	}
	if (result == -ENOENT)
		log_warning("%s:%d: unknown key '%s' is passed over", path, number, line);
	else if (result < 0)
		log_warning("%s:%d: not understood and passed over, see keybagd.conf(5)", path,
			    number);
}

static uint32_t memory_limit(void)
{
	uint64_t bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t kib = bytes / 8 / 1024;

	return kib < KDF_MAX_MEMORY_KIB ? (uint32_t)kib : KDF_MAX_MEMORY_KIB;
}

void config_load(const char *path)
{
	CLEANUP(close_file) FILE *file = fopen(path, "re");
	char line[512];
	int number = 0;
	uint32_t most;

	config = (struct config){
		.kdf = {
			.memory_kib = KDF_DEFAULT_MEMORY_KIB,
			.passes = KDF_DEFAULT_PASSES,
			.lanes = KDF_DEFAULT_LANES,
		},
		.memory_limit_kib = memory_limit(),
	};
	if (!file && errno != ENOENT)
		log_warning("%s is not used: %m", path);
	while (file && fgets(line, sizeof(line), file))
		read_line(path, ++number, line);
	/* A passcode that is made here has to be of use here. */
	most = config_kdf_limit_kib(false);
	if (config.kdf.memory_kib > most)
		config.kdf.memory_kib = most;
}

/* Half of it for a user: while one user's passcode is tried, there is room for another's. */
uint32_t config_kdf_limit_kib(bool privileged)
{
	return privileged ? config.memory_limit_kib : config.memory_limit_kib / 2;
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
	    kdf->passes > KDF_MAX_PASSES || kdf->lanes > KDF_MAX_LANES)
		return -EINVAL;
	return 0;
}
