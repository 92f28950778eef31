// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the address of a socket that has connected, and as a control group: what is understood has valid names, and
 * the address is made of just these.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/base/unit_credential.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_address(const uint8_t *data, size_t size)
{
	struct unit_credential credential;
	char end[UNIT_NAME_SIZE + CREDENTIAL_NAME_SIZE + 16];
	size_t length;

	if (!unit_credential_parse(data, size, &credential))
		return;
	must(unit_name_valid(credential.unit) && credential_name_valid(credential.name));
	length = (size_t)snprintf(end, sizeof(end), "/unit/%s/%s", credential.unit, credential.name);
	must(length < size && size - length <= 17 && !memcmp(data + size - length, end, length));
	/* Names that the manager can bind can be granted. */
	must(size > 107 || size - length < 17 || strchr(credential.unit, '@') || unit_credential_fits(credential.unit, credential.name));
}

static void check_group(const uint8_t *data, size_t size)
{
	char unit[UNIT_NAME_SIZE], template[UNIT_NAME_SIZE];
	char *path = strndup((const char *)data, size);

	must(path);
	if (unit_of_control_group(path, unit)) {
		must(unit_name_valid(unit) && strstr(path, unit));
		must(!unit_template(unit, template) || (unit_name_valid(template) && !unit_template(template, unit)));
	}
	free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_address(data, size);
	check_group(data, size);
	return 0;
}
