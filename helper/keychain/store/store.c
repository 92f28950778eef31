// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "helper/libkeybag/keybag.h"

void store_forget_key(struct store *store, struct child *child)
{
	if (child->number > 0 && store->fd >= 0)
		keybag_child_close(store->fd, child->number);
	*child = (struct child){ 0 };
}

void store_forget_keys(struct store *store)
{
	for (unsigned int i = 0; i < STORE_CLASSES; i++)
		store_forget_key(store, &store->metadata[i]);
	for (unsigned int i = 0; i < LOOKUP_KEYS; i++)
		store_forget_key(store, &store->lookup[i]);
	for (unsigned int i = 0; i < STORE_EARLIER_KEYS; i++)
		store_forget_key(store, &store->earlier[i].child);
	store->hash_again = false;
}

void store_forget_metadata_key(struct store *store, uint32_t class_number, int64_t id)
{
	if (store->metadata[class_number].id == id)
		store_forget_key(store, &store->metadata[class_number]);
	for (unsigned int i = 0; i < STORE_EARLIER_KEYS; i++) {
		if (store->earlier[i].class_number == class_number && store->earlier[i].child.id == id)
			store_forget_key(store, &store->earlier[i].child);
	}
}

void store_forget_keybag(struct store *store)
{
	memset(store->metadata, 0, sizeof(store->metadata));
	memset(store->lookup, 0, sizeof(store->lookup));
	memset(store->earlier, 0, sizeof(store->earlier));
	if (store->fd >= 0)
		close(store->fd);
	store->fd = -1;
	store->revoked = true;
}

bool store_error_is_damage(int error)
{
	return error == -EBADMSG || error == -EINVAL || error == -ENOENT || error == -EACCES ||
	       error == -EPROTONOSUPPORT || error == -EMSGSIZE;
}

static int locked(struct store *store, uint32_t class_number, struct outcome *outcome)
{
	const char *name = class_number ? keybag_class_name(class_number) : NULL;
	struct keybag_status status;
	bool never = store->fd >= 0 && !keybag_status(store->fd, &status) &&
		     status.state == KEYBAG_STATE_BEFORE_FIRST_UNLOCK;

	outcome_detail(outcome, "locked_class", name ? value_string(name) : NULL);
	outcome_detail(outcome, "reason", value_string(never ? "before-first-unlock" : "locked"));
	return outcome_fail(outcome, errSecInteractionNotAllowed,
			    "class %s is locked%s: unlock the "
			    "keybag and try again; nothing was changed",
			    name ? name : "ak",
			    never ? ", as the keybag was not unlocked since the machine started"
				  : "");
}

/* Under sudo it is another one's than people think. */
static int no_keybag(const struct store *store, struct outcome *outcome)
{
	if (store->system)
		return outcome_fail(outcome, errSecNotAvailable,
				    "no keybag of the system is loaded: 'keybagctl create --system' as root makes "
				    "one, if there is none");
	return outcome_fail(outcome, errSecNotAvailable,
			    "no keybag of uid %u is loaded: 'keybagctl create' makes one, if there is none%s",
			    store->owner_uid,
			    store->owner_uid ? "" : "; under sudo the keychain is root's, without it your own");
}

int store_key_failure(struct store *store, int error, uint32_t class_number,
		      struct outcome *outcome)
{
	const char *name = class_number ? keybag_class_name(class_number) : NULL;

	switch (error) {
	case -EREMOTEIO:
		return outcome->status;
	case -ENOMEM:
		return outcome_no_memory(outcome);
	case -ENOKEY:
		return locked(store, class_number, outcome);
	case -ENOLINK:
		outcome_detail(outcome, "reason", value_string("no-keybag"));
		if (store->keybag_error == -ENOENT)
			return no_keybag(store, outcome);
		return outcome_fail(outcome, errSecNotAvailable, "the keybag is not at hand: %s",
				    keybag_error_text(store->keybag_error));
	case -EXDEV:
		outcome_detail(outcome, "reason", value_string("other-keybag"));
		return outcome_fail(outcome, errSecNotAvailable, "%s belongs to another keybag: try again",
				    store->database.path);
	case -EUCLEAN:
		outcome_detail(outcome, "reason", value_string("lookup-key"));
		return outcome_fail(outcome, errSecNotAvailable,
				    "the key that items are looked up by is "
				    "damaged: they are indexed anew with the next request");
	case -EBUSY:
		outcome_detail(outcome, "reason", value_string("suspending"));
		return outcome_fail(outcome, errSecInteractionNotAllowed,
				    "the machine goes to sleep: "
				    "try again when it runs on");
	case -EKEYREVOKED:
		store_forget_keybag(store);
		outcome_detail(outcome, "reason", value_string("unloaded"));
		return outcome_fail(outcome, errSecNotAvailable, "the keybag was unloaded: the next request has it loaded again");
	case -ENOENT:
		if (class_number == KEYBAG_CLASS_AKPU) {
			outcome_detail(outcome, "reason", value_string("no-passcode"));
			return outcome_fail(outcome, errSecNotAvailable,
					    "the keybag has no passcode, so "
					    "that class akpu has no key: set one with keybagctl "
					    "passwd");
		}
		if (name)
			return outcome_fail(outcome, errSecNotAvailable,
					    "the keybag has no key of class "
					    "%s",
					    name);
		/* fall through */
	default:
		outcome_detail(outcome, "reason", value_string("keybag"));
		return outcome_fail(outcome, errSecNotAvailable, "the keybag failed: %s",
				    keybag_error_text(error));
	}
}
