// SPDX-License-Identifier: GPL-2.0-or-later
#include "owner_check.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "keybagd/account/account_name.h"
#include "keybagd/log/event_log.h"

static int no_account(struct operation *operation, uid_t uid, int error)
{
	char noted[OWNER_NAME_SIZE];
	uid_t noted_uid, other = KEYBAG_UID_NONE;

	if (error == -ENOENT && !owner_file_read(operation->uuid, &noted_uid, noted))
		other = account_uid_in_file(noted);
	if (other != KEYBAG_UID_NONE)
		return operation_fail(operation, -EOWNERDEAD,
				      "%s: its account '%s' had uid %u and has %u now; keybags and keychains belong to "
				      "a uid: 'usermod -u %u %s' brings them back", operation->label, noted, uid,
				      other, uid, noted);
	operation->owner_unanswered = true;
	if (error == -ENOENT)
		return operation_fail(operation, -EOWNERDEAD,
				      "%s: there is no account with uid %u: wait until its directory "
				      "is back, or if it is gone for good, remove its keybag with "
				      "'keybagctl destroy --uuid'", operation->label, uid);
	return operation_fail(operation, -EIO,
			      "%s: the name of uid %u could not be looked up: %s", operation->label, uid,
			      account_name_error(error));
}

static int refuse_renamed(struct operation *operation, uid_t uid, const char *noted,
			  const char *present)
{
	return operation_fail(operation, -EOWNERDEAD,
			      "keybag of uid %u was made for the account '%s', which is now '%s': if it "
			      "was only renamed, root accepts that with 'keybagctl load --user %s "
			      "--renamed'; if it is another person, 'keybagctl destroy' removes the old "
			      "keybag", uid, noted, present, present);
}

/* Whoever cannot be told from the one it was made for does not get it. */
static int refuse_unknown(struct operation *operation, bool missing, const char *present)
{
	return operation_fail(operation, -EOWNERDEAD,
			      "%s: the note of the account it was made for is %s: if that was '%s', "
			      "root accepts it with 'keybagctl load --user %s --renamed'", operation->label,
			      missing ? "gone, as when a backup is restored without it" : "damaged", present, present);
}

/* Reads the note of a keybag that is loaded: it was right then. One that is no note any more is as good as gone. */
static int read_note_of_loaded(struct operation *operation, uid_t *ret_uid, char ret_name[OWNER_NAME_SIZE])
{
	int result = owner_file_read(operation->uuid, ret_uid, ret_name);

	if (result == -EBADMSG)
		return -ENOENT;
	if (result < 0 && result != -ENOENT)
		log_warning("%s: the note of its account could not be read: %s", operation->label, keybag_error_text(result));
	return result;
}

/*
 * @present: a name that @uid has now. Returns 0, -EOWNERDEAD or what happened to the note, in the result; or another
 * negative errno, which is not: nobody answers whether it has the noted name as well.
 */
static int owner_check_compare(struct operation *operation, uid_t uid, const char present[OWNER_NAME_SIZE], bool loaded)
{
	char noted[OWNER_NAME_SIZE] = "?";
	uid_t noted_uid = uid;
	int has_name, result = loaded ? read_note_of_loaded(operation, &noted_uid, noted) :
					owner_file_read(operation->uuid, &noted_uid, noted);
	bool missing = result == -ENOENT && !operation->accept_unnoted;
	/* A disk that does not answer now says nothing of the account: what is loaded stays. */
	bool damaged = missing || (result < 0 && result != -ENOENT && !loaded) || noted_uid != uid;

	/* An account may have several names, and the first is not always the same one. */
	if (!result && !damaged && strcmp(noted, present)) {
		has_name = account_has_name(uid, noted);
		if (!has_name)
			present = noted;
		else if (has_name != -ENOENT && !operation->accept_renamed)
			return has_name;
	}
	if (damaged || (!result && strcmp(noted, present))) {
		if (!operation->accept_renamed)
			return damaged ? refuse_unknown(operation, missing, present) :
					 refuse_renamed(operation, uid, noted, present);
		result = owner_file_write(operation->uuid, uid, present);
		if (result < 0)
			return operation_fail_plain(operation, result);
		event_log("result=renamed uid=%u from=\"%s\" to=\"%s\"", uid, noted, present);
	}
	operation->owner_unnoted = result == -ENOENT;
	memcpy(operation->info.owner_name, present, OWNER_NAME_SIZE);
	operation->info.owner_was_local = account_is_local(uid);
	return 0;
}

int owner_check(struct operation *operation, uid_t uid)
{
	char present[OWNER_NAME_SIZE];
	int result = account_name(uid, present);

	if (result < 0)
		return no_account(operation, uid, result);
	result = owner_check_compare(operation, uid, present, false);
	return result < 0 && !operation->result.error ? no_account(operation, uid, result) : result;
}

int owner_check_loaded(struct operation *operation, uid_t uid)
{
	char present[OWNER_NAME_SIZE];
	int result;

	/* Nobody is there to get it; and a directory that is away for a while takes nothing from anybody. */
	if (account_name(uid, present) < 0)
		return 0;
	/* The kernel has had it since there was a note. */
	operation->accept_unnoted = true;
	result = owner_check_compare(operation, uid, present, true);
	if (operation->result.error)
		return result;
	/* But a new name in /etc/passwd is another person's, as long as no directory says otherwise. */
	return result < 0 && account_is_local(uid) ? no_account(operation, uid, result) : 0;
}

bool owner_is_deleted(const struct operation *operation, uid_t uid)
{
	char present[OWNER_NAME_SIZE];

	return operation->info.owner_was_local && account_is_off_file(uid) && account_name(uid, present) == -ENOENT;
}

int owner_note(struct operation *operation)
{
	int result;

	if (!operation->owner_unnoted)
		return 0;
	result = owner_file_write(operation->uuid, operation->owner, operation->info.owner_name);
	if (result < 0) {
		log_warning("%s: the name of its owner could not be noted: %s", operation->label,
			    keybag_error_text(result));
		return result;
	}
	operation->owner_unnoted = false;
	log_notice("%s: noted that it belongs to '%s'", operation->label, operation->info.owner_name);
	return 0;
}
