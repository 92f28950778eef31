/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Credentials of system units, as LoadCredential= of systemd.exec(5) asks for them: names, the socket address that tells
 * them, and where the system keychain has them: a generic password of the group UNIT_CREDENTIAL_GROUP, its service
 * the unit's name and its account the credential's.
 */
#ifndef KEYCHAIN_UNIT_CREDENTIAL_H
#define KEYCHAIN_UNIT_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNIT_CREDENTIAL_GROUP	"systemd-credentials"

/* Bytes with the zero at the end. */
#define UNIT_NAME_SIZE		256
#define CREDENTIAL_NAME_SIZE	256

/* Bytes of all credentials of a unit together, with their names. */
#define UNIT_CREDENTIAL_MAX	(1 << 20)

/*
 * The manager binds its socket to "\0" RANDOM "/unit/" UNIT "/" CREDENTIAL, RANDOM being up to 16 digits, and the name of a
 * socket has room for 107 bytes with the zero in front. So much is left for both names together.
 */
#define UNIT_CREDENTIAL_NAMES	(107 - 1 - 16 - 6 - 1)

struct unit_credential {
	char unit[UNIT_NAME_SIZE];
	char name[CREDENTIAL_NAME_SIZE];
};

/* Whether @name can be the name of a unit that loads credentials: a service, a socket, a mount or a swap, or a template. */
bool unit_name_valid(const char *name);

/* Whether @name can be that of a credential: printable ASCII without ':' and '/', and not "." or "..". */
bool credential_name_valid(const char *name);

/* Whether a unit can be asked for under both names; of a template, one whose instance has a name of one byte. */
bool unit_credential_fits(const char *unit, const char *name);

/* "backup@.service" of "backup@monday.service"; false: it is no instance. */
bool unit_template(const char *unit, char ret_template[UNIT_NAME_SIZE]);

/*
 * Reads the name of a socket, @length bytes of sun_path, the zero in front among them. Returns false where the manager
 * makes no such name.
 */
bool unit_credential_parse(const void *name, size_t length, struct unit_credential *ret_credential);

/*
 * The system unit whose own process is in the control group @path: the unit's group itself, or one right below it, where
 * the manager starts what it starts in a unit that delegates. False: there is none. Names below a unit are its own to
 * give, so that the first one that is no slice counts.
 */
bool unit_of_control_group(const char *path, char ret_unit[UNIT_NAME_SIZE]);

#endif
