// SPDX-License-Identifier: GPL-2.0-or-later
#include "login_password.h"

#include <crypt.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>

#include "hash_memory.h"
#include "keybagd/config/kdf_limits.h"

/* The hashes of all: in memory that is wiped. */
struct shadow {
	char buffered[BUFSIZ];
	char line[1024];
	struct spwd entry;
};

/* The password field of @name, or NULL. */
static const char *login_password_find(struct shadow *shadow, const char *name)
{
	struct spwd *found = NULL;
	FILE *file = fopen("/etc/shadow", "re");

	if (!file)
		return NULL;
	setvbuf(file, shadow->buffered, _IOFBF, sizeof(shadow->buffered));
	while (fgetspent_r(file, &shadow->entry, shadow->line, sizeof(shadow->line), &found) == 0 &&
	       found)
		if (!strcmp(found->sp_namp, name))
			break;
	fclose(file);
	return found ? found->sp_pwdp : NULL;
}

static void take_setting(const char *field, char ret_setting[LOGIN_SETTING_SIZE])
{
	const char *hash = strrchr(field, '$');
	size_t length = hash ? (size_t)(hash - field) : 0;

	ret_setting[0] = 0;
	if (length >= LOGIN_SETTING_SIZE)
		return;
	for (size_t i = 0; i < length; i++)
		ret_setting[i] = field[i];
	ret_setting[length] = 0;
}

bool login_password_is_none(const char *name)
{
	struct shadow shadow;
	const char *field = login_password_find(&shadow, name);
	bool none = field && !strcmp(field, "*");

	explicit_bzero(&shadow, sizeof(shadow));
	return none;
}

/*
 * Whether computing it stays within LOGIN_PASSWORD_MEMORY_KIB. All but yescrypt's kin need next to none; of those
 * the block count, as its binary logarithm, is the letter behind the flavour, '9' for 4096 blocks of 4 KiB.
 */
static bool is_cheap(const char *hash)
{
	static const char *const plain[] = { "$1$", "$2", "$5$", "$6$" };
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (!strncmp(hash, plain[i], strlen(plain[i])))
			return true;
	/* From the second letter on both kinds are the same. */
	hash += !strncmp(hash, "$gy$", 4);
	return !strncmp(hash + 1, "y$j", 3) && strchr("./0123456789A", hash[4]) &&
	       (!strncmp(hash + 5, "T$", 2) || !strncmp(hash + 5, "5$", 2));
}

static bool login_password_same(const char *one, const char *other, size_t length)
{
	volatile unsigned char difference = 0;
	size_t i;

	for (i = 0; i < length; i++)
		difference |= (unsigned char)one[i] ^ (unsigned char)other[i];
	return !difference;
}

/* Byte by byte: memcpy() would leave it in vector registers. */
static bool login_password_copy(const struct secret *password, char *to, size_t size)
{
	volatile char *end = to;
	size_t i;

	if (password->length >= size)
		return false;
	for (i = 0; i < password->length; i++) {
		if (!password->data[i])
			return false;
		end[i] = (char)password->data[i];
	}
	end[i] = 0;
	return true;
}

/* Working memory of crypt(), locked and wiped. */
struct workbench {
	struct crypt_data data;
	char password[CRYPT_MAX_PASSPHRASE_SIZE];
};

static bool is_hashed(const struct secret *password, const char *hash)
{
	struct workbench *workbench;
	const char *computed;
	void *memory;
	bool is = false;

	if (locked_memory_new(&memory, sizeof(*workbench)) < 0)
		return false;
	workbench = memory;
	if (login_password_copy(password, workbench->password, sizeof(workbench->password))) {
		hash_memory_begin();
		computed = crypt_r(workbench->password, hash, &workbench->data);
		hash_memory_end();
		is = computed && strlen(computed) == strlen(hash) &&
		     login_password_same(computed, hash, strlen(hash));
	}
	locked_memory_free(memory, sizeof(*workbench));
	return is;
}

void login_password_verify(const char *name, const struct secret *password,
			   char ret_setting[LOGIN_SETTING_SIZE])
{
	struct shadow shadow;
	const char *field = login_password_find(&shadow, name);

	ret_setting[0] = 0;
	if (field && is_cheap(field) && is_hashed(password, field))
		take_setting(field, ret_setting);
	explicit_bzero(&shadow, sizeof(shadow));
}
