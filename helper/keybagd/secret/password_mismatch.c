// SPDX-License-Identifier: GPL-2.0-or-later
#include "password_mismatch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "keybagd/store/owner_file.h"
#include "keybagd/store/password_mismatch_file.h"
#include "login_password.h"

/* Limit for one keybag: of those of root's logins, and of those that others say are. Neither displaces the other. */
#define MOST_OF_A_KIND	2

struct known {
	struct known *next;		/* newest first */
	uint8_t uuid[KEYBAG_UUID_SIZE];
	bool of_root;
	struct secret key;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct known *all;		/* mutex */

static bool is_of(const struct known *known, const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	return !memcmp(known->uuid, uuid, KEYBAG_UUID_SIZE);
}

/* mutex held */
static bool password_mismatch_find(const struct operation *operation)
{
	const struct known *known;

	for (known = all; known; known = known->next)
		if (is_of(known, operation->uuid) && secret_equal(&known->key, &operation->key))
			return true;
	return false;
}

static void password_mismatch_drop(struct known **place)
{
	struct known *known = *place;

	*place = known->next;
	secret_free(&known->key);
	free(known);
}

/* mutex held */
static void password_mismatch_limit(const uint8_t uuid[KEYBAG_UUID_SIZE], bool of_root)
{
	struct known **place = &all;
	unsigned int count = 0;

	while (*place)
		if (is_of(*place, uuid) && (*place)->of_root == of_root &&
		    ++count > MOST_OF_A_KIND)
			password_mismatch_drop(place);
		else
			place = &(*place)->next;
}

static void password_mismatch_remember(const struct operation *operation)
{
	struct known *known = calloc(1, sizeof(*known));

	if (!known || secret_copy(&operation->key, &known->key) < 0) {
		free(known);
		return;
	}
	memcpy(known->uuid, operation->uuid, sizeof(known->uuid));
	known->of_root = operation_privileged(operation);
	pthread_mutex_lock(&mutex);
	if (password_mismatch_find(operation)) {
		secret_free(&known->key);
		free(known);
	} else {
		known->next = all;
		all = known;
		password_mismatch_limit(operation->uuid, known->of_root);
	}
	pthread_mutex_unlock(&mutex);
}

void password_mismatch_look(struct operation *operation)
{
	char name[OWNER_NAME_SIZE];
	uid_t uid;

	if (operation_privileged(operation) && operation->proof.data &&
	    operation->proof_kind == KEYBAG_PROTECTOR_PASSCODE &&
	    owner_file_read(operation->uuid, &uid, name) == 0)
		login_password_verify(name, &operation->proof, operation->login_setting);
}

bool password_mismatch_known(struct operation *operation)
{
	bool is = false;

	if (!operation->verified)
		return false;
	if (operation->key.data) {
		pthread_mutex_lock(&mutex);
		is = password_mismatch_find(operation);
		pthread_mutex_unlock(&mutex);
	}
	if (is || !operation->login_setting[0] ||
	    !password_mismatch_file_holds(operation->uuid, operation->login_setting))
		return is;
	/* A screen locker that cannot say which password it is will say the same one. */
	if (operation->key.data)
		password_mismatch_remember(operation);
	return true;
}

bool password_mismatch_noted(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	const struct known *known;
	bool noted = false;

	pthread_mutex_lock(&mutex);
	for (known = all; known && !noted; known = known->next)
		noted = is_of(known, uuid);
	pthread_mutex_unlock(&mutex);
	return noted || password_mismatch_file_exists(uuid);
}

void password_mismatch_note(struct operation *operation, int result)
{
	if (!result)
		password_mismatch_forget(operation->uuid);
	if (result != -EKEYREJECTED || !operation->verified || operation->erased)
		return;
	password_mismatch_remember(operation);
	if (operation->login_setting[0] &&
	    password_mismatch_file_write(operation->uuid, operation->login_setting) < 0)
		log_warning("%s: that its passcode is not the login password could not be noted: "
			    "after a restart the next login counts as a wrong passcode again",
			    operation->label);
}

void password_mismatch_forget_keys(void)
{
	pthread_mutex_lock(&mutex);
	while (all)
		password_mismatch_drop(&all);
	pthread_mutex_unlock(&mutex);
}

void password_mismatch_forget(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	struct known **place = &all;

	password_mismatch_file_remove(uuid);
	pthread_mutex_lock(&mutex);
	while (*place)
		if (is_of(*place, uuid))
			password_mismatch_drop(place);
		else
			place = &(*place)->next;
	pthread_mutex_unlock(&mutex);
}
