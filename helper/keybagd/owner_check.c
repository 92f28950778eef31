// SPDX-License-Identifier: GPL-2.0-or-later
#include "owner_check.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "event_log.h"

static int no_account(struct operation *operation, uid_t uid, int error)
{
	if (error == -ENOENT)
		return outcome_fail(&operation->outcome, -EOWNERDEAD,
				    "%s: there is no account with uid %u: wait until its directory "
				    "is back, or if it is gone for good, remove its keybag with "
				    "'keybagctl destroy --uuid'", operation->label, uid);
	return outcome_fail(&operation->outcome, -EIO,
			    "%s: the name of uid %u could not be looked up: %s", operation->label, uid,
			    keybag_error_text(error));
}

int owner_check(struct operation *operation, uid_t uid)
{
	char present[OWNER_NAME_SIZE], noted[OWNER_NAME_SIZE];
	uid_t noted_uid;
	int result = account_name(uid, present);

	if (result < 0)
		return no_account(operation, uid, result);
	result = owner_file_read(operation->uuid, &noted_uid, noted);
	if (!result && noted_uid == uid && strcmp(noted, present)) {
		if (!operation->accept_renamed)
			return outcome_fail(&operation->outcome, -EOWNERDEAD,
					    "keybag of uid %u was made for the account '%s', which is "
					    "now '%s': if it was only renamed, root accepts that with "
					    "'keybagctl load --user %s --renamed'; if it is another "
					    "person, 'keybagctl destroy' removes the old keybag",
					    uid, noted, present, present);
		result = owner_file_write(operation->uuid, uid, present);
		if (result < 0)
			return outcome_fail_plain(&operation->outcome, result, operation->label);
		log_event("result=renamed uid=%u from=\"%s\" to=\"%s\"", uid, noted, present);
	}
	memcpy(operation->facts.owner_name, present, sizeof(present));
	return 0;
}

void owner_note(struct operation *operation)
{
	char noted[OWNER_NAME_SIZE];
	uid_t uid;
	int result;

	if (!operation->facts.owner_name[0] ||
	    owner_file_read(operation->uuid, &uid, noted) != -ENOENT)
		return;
	result = owner_file_write(operation->uuid, operation->owner, operation->facts.owner_name);
	if (result < 0)
		log_warning("%s: the name of its owner could not be noted: %s", operation->label,
			    keybag_error_text(result));
	else
		log_notice("%s: noted that it belongs to '%s'", operation->label,
			   operation->facts.owner_name);
}
