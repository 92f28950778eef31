// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/request.h"

#include <errno.h>
#include <time.h>

#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/row.h"
#include "helper/libkeybag/keybag.h"

bool option_boolean(const struct request *request, const char *name)
{
	return value_as_boolean(value_get(request->options, name));
}

int64_t option_number(const struct request *request, const char *name)
{
	return value_as_integer(value_get(request->options, name));
}

const struct value *option_value(const struct request *request, const char *name)
{
	return value_get(request->options, name);
}

static int locked(struct request *request, uint32_t class_number)
{
	const char *name = class_number ? keybag_class_name(class_number) : NULL;
	bool never = store_before_first_unlock(request->store);

	outcome_detail(&request->outcome, "locked_class", name ? value_string(name) : NULL);
	outcome_detail(&request->outcome, "reason", value_string(never ? "before-first-unlock" : "locked"));
	return outcome_fail(&request->outcome, errSecInteractionNotAllowed, "class %s is locked%s: unlock the keybag and "
			    "try again; nothing was changed", name ? name : "ak", never ? ", as the keybag was not "
			    "unlocked since the machine started" : "");
}

/* Under sudo it is another one's than people think. */
static int no_keybag(struct request *request)
{
	const struct store *store = request->store;

	if (store->keybag_error != -ENOENT)
		return outcome_fail(&request->outcome, errSecNotAvailable, "the keybag is not at hand: %s",
				    keybag_error_text(store->keybag_error));
	if (store->system)
		return outcome_fail(&request->outcome, errSecNotAvailable, "no keybag of the system is loaded: 'keybagctl "
				    "create --system' as root makes one, if there is none");
	return outcome_fail(&request->outcome, errSecNotAvailable, "no keybag of uid %u is loaded: 'keybagctl create' "
			    "makes one, if there is none%s", store->owner_uid, store->owner_uid ? "" :
			    "; under sudo the keychain is root's, without it your own");
}

static int no_class(struct request *request, uint32_t class_number)
{
	if (class_number == KEYBAG_CLASS_AKPU)
		return outcome_fail(&request->outcome, errSecNotAvailable, "the keybag has no passcode, so that class akpu "
				    "has no key: set one with keybagctl passwd");
	return outcome_fail(&request->outcome, errSecNotAvailable, "the keybag has no key of class %s",
			    keybag_class_name(class_number));
}

/* Whatever else of the keybag. */
static int keybag_failed(struct request *request, enum fault fault)
{
	int error = fault == FAULT_DAMAGED ? -EBADMSG : fault == FAULT_NO_CLASS ? -ENOENT :
		    fault == FAULT_ABSENT ? -ENODATA : request->store->keybag_error;

	return outcome_fail(&request->outcome, errSecNotAvailable, "the keybag failed: %s", keybag_error_text(error));
}

int request_status(struct request *request, enum fault fault, uint32_t class_number)
{
	/* A reason that programs go by, and the status; faults of the file have a reason of their own. */
	static const struct {
		const char *reason;
		int status;
	} known[] = {
		[FAULT_SUSPENDING] = { "suspending", errSecInteractionNotAllowed },
		[FAULT_ABSENT] = { "keybag", errSecNotAvailable },
		[FAULT_DAMAGED] = { "keybag", errSecNotAvailable },
		[FAULT_REFUSED] = { "keybag", errSecNotAvailable },
		[FAULT_NO_CLASS] = { "keybag", errSecNotAvailable },
		[FAULT_NO_KEYBAG] = { "no-keybag", errSecNotAvailable },
		[FAULT_UNLOADED] = { "unloaded", errSecNotAvailable },
		[FAULT_OTHER_KEYBAG] = { "other-keybag", errSecNotAvailable },
		[FAULT_NO_SEAL] = { "no-seal-while-locked", errSecInteractionNotAllowed },
		[FAULT_LOOKUP_KEY] = { "lookup-key", errSecNotAvailable },
		[FAULT_BACKUP] = { "backup", errSecNotAvailable },
		[FAULT_DEVICE] = { "backup", errSecNotAvailable },
		[FAULT_KEYBAG] = { "keybag", errSecNotAvailable },
		[FAULT_FILE] = { NULL, errSecNotAvailable },
		[FAULT_READ_ONLY] = { NULL, errSecReadOnly },
		[FAULT_DISK] = { NULL, errSecIO },
		[FAULT_DUPLICATE] = { NULL, errSecDuplicateItem },
		[FAULT_TOO_MANY] = { "quota", errSecNotAvailable },
		[FAULT_TOO_LARGE] = { NULL, errSecParam },
		[FAULT_DEFECT] = { NULL, errSecInternal },
	};
	struct outcome *outcome = &request->outcome;
	const char *reason;

	if (!fault)
		return 0;
	reason = known[fault].reason;
	/* It is there; a device key that is taken away comes back, and the rest is for people to look at. */
	if (fault == FAULT_NO_KEYBAG && request->store->keybag_error != -ENOENT)
		reason = request->store->keybag_error == -ENODEV ? "no-device-key" : "keybag-not-loaded";
	if (fault == FAULT_NO_CLASS && keybag_class_name(class_number))
		reason = class_number == KEYBAG_CLASS_AKPU ? "no-passcode" : "no-class";
	if (reason)
		outcome_detail(outcome, "reason", value_string(reason));
	switch (fault) {
	case FAULT_MEMORY:
		return outcome_no_memory(outcome);
	case FAULT_LOCKED:
		return locked(request, class_number);
	case FAULT_SUSPENDING:
		return outcome_fail(outcome, known[fault].status, "the machine goes to sleep: try again when it runs on");
	case FAULT_NO_KEYBAG:
		return no_keybag(request);
	case FAULT_UNLOADED:
		store_forget_keybag(request->store);
		return outcome_fail(outcome, known[fault].status, "the keybag was unloaded: the next request has it loaded "
				    "again");
	case FAULT_OTHER_KEYBAG:
		return outcome_fail(outcome, known[fault].status, "%s belongs to another keybag: try again",
				    request->store->database.path);
	case FAULT_NO_SEAL:
		return outcome_fail(outcome, known[fault].status, "the class is locked, and neither is there class B to seal with "
				    "meanwhile: the module is of an earlier release, or the keybag has no such key; load the "
				    "present module, or add the item when the keybag is unlocked; nothing was changed");
	case FAULT_BACKUP:
	case FAULT_DEVICE:
		return outcome_fail(outcome, known[fault].status, "the permission to back up or restore is over: it was used up, its "
				    "half hour has passed, or the keybag was locked meanwhile; begin again");
	case FAULT_LOOKUP_KEY:
		return outcome_fail(outcome, known[fault].status, "the key that items are looked up by is damaged: they "
				    "are indexed anew with the next request");
	case FAULT_TOO_LONG:
		return outcome_fail(outcome, errSecParam, "the attributes of one item may have %d bytes together",
				    ROW_MAX_ATTRIBUTES);
	case FAULT_NO_CLASS:
		return keybag_class_name(class_number) ? no_class(request, class_number) : keybag_failed(request, fault);
	case FAULT_ABSENT:
	case FAULT_DAMAGED:
	case FAULT_REFUSED:
	case FAULT_KEYBAG:
		return keybag_failed(request, fault);
	default:
		return outcome_fail(outcome, known[fault].status, "%s", request->store->database.reason.text);
	}
}

void request_note(struct request *request, enum change_kind kind, const struct row *row, const char *group)
{
	changes_note(&request->changes, kind, row->item_class, row->uuid, group);
}

int64_t request_time(const struct request *request)
{
	struct timespec now;

	if (request->pending)
		return request->pending->added;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int request_commit(struct request *request)
{
	int status = option_boolean(request, "dry_run") ? 0 : request_status(request, store_commit(request->store), 0);

	request->committed = !status && !option_boolean(request, "dry_run");
	if (!status && request->waiting)
		outcome_detail(&request->outcome, "pending", value_integer((int64_t)request->waiting));
	return status;
}
