// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <linux/uuid.h>
#include "../bag/registry.h"
#include "key_type.h"

#define ATTACH	"attach "

/* The uid in "user:<uid>", in its one canonical form; INVALID_UID for "system". */
static int parse_description(const char *description, kuid_t *ret_owner)
{
	char canonical[KEYBAG_KEY_DESCRIPTION_MAX];
	u32 uid;

	if (!strcmp(description, KEYBAG_KEY_SYSTEM)) {
		*ret_owner = INVALID_UID;
		return 0;
	}
	if (!str_has_prefix(description, KEYBAG_KEY_USER) ||
	    kstrtou32(description + strlen(KEYBAG_KEY_USER), 10, &uid))
		return -EINVAL;
	snprintf(canonical, sizeof(canonical), KEYBAG_KEY_USER "%u", uid);
	if (strcmp(description, canonical))
		return -EINVAL;
	*ret_owner = make_kuid(&init_user_ns, uid);
	return uid_valid(*ret_owner) ? 0 : -EINVAL;
}

/*
 * Runs in the context of whoever wants the key, by add_key(2) or request_key(2); instantiation may
 * be in that of the helper. So this is where other user namespaces are turned away.
 */
static int vet_description(const char *description)
{
	kuid_t owner;
	int error;

	if (current_user_ns() != &init_user_ns)
		return -EPERM;
	error = parse_description(description, &owner);
	if (error)
		return error;
	/* Nor does anybody have the helper load the bags of others. */
	return uid_eq(current_euid(), owner) || capable(CAP_SYS_ADMIN) ? 0 : -EACCES;
}

static int parse_payload(const struct key_preparsed_payload *prep, uuid_t *ret_uuid)
{
	char text[UUID_STRING_LEN + 1];

	if (prep->datalen != strlen(ATTACH) + UUID_STRING_LEN ||
	    memcmp(prep->data, ATTACH, strlen(ATTACH)))
		return -EINVAL;
	memcpy(text, prep->data + strlen(ATTACH), UUID_STRING_LEN);
	text[UUID_STRING_LEN] = '\0';
	return uuid_parse(text, ret_uuid);
}

/*
 * The bag has to be the one the description names. The key has to belong to the owner of the bag,
 * or to root: @key->uid is that of the requester, even where the helper instantiates the key for
 * it. The task that instantiates the key must be allowed to bind, too.
 */
static int check(const struct key *key, const struct keybag_bag *bag)
{
	kuid_t owner;
	int error = parse_description(key->description, &owner);

	if (error)
		return error;
	if (!uid_eq(owner, bag->owner))
		return -EACCES;
	if (!uid_eq(key->uid, GLOBAL_ROOT_UID) && !uid_eq(key->uid, bag->owner))
		return -EACCES;
	return keybag_bag_permitted(bag) ? 0 : -EACCES;
}

static int instantiate(struct key *key, struct key_preparsed_payload *prep)
{
	struct keybag_bag *bag;
	uuid_t uuid;
	int error;

	if (current_user_ns() != &init_user_ns)
		return -EPERM;
	error = parse_payload(prep, &uuid);
	if (error)
		return error;
	bag = keybag_bag_by_uuid(uuid.b);
	if (!bag)
		return -ENOENT;

	error = check(key, bag);
	if (!error)
		error = key_payload_reserve(key, sizeof(uuid));
	/*
	 * The keys code counts no users of a type; destroy() must still be there when it is called.
	 */
	if (!error && !try_module_get(THIS_MODULE))
		error = -ENODEV;
	if (error) {
		keybag_bag_put(bag);
		return error;
	}

	/*
	 * SEARCH is enough to revoke or invalidate a key without this; others would need no more.
	 */
	set_bit(KEY_FLAG_KEEP, &key->flags);
	key->payload.data[0] = bag;
	return 0;
}

/*
 * The collector calls this for a key that was instantiated, but when the type is unregistered for
 * each one that is still referred to: those that were refused or never made have no bag, and have
 * not pinned the module.
 */
static void destroy(struct key *key)
{
	if (!key_is_positive(key))
		return;
	keybag_bag_put(key->payload.data[0]);
	/* Unregistering the type waits for the collector that is calling us. */
	module_put(THIS_MODULE);
}

static void describe(const struct key *key, struct seq_file *m)
{
	const struct keybag_bag *bag;

	seq_puts(m, key->description);
	if (!key_is_positive(key))
		return;
	/* Set before the key is positive, and until it is destroyed. */
	bag = key->payload.data[0];
	seq_printf(m, ": %pUb", bag->uuid);
}

/* No .update and no .read: a handle is not changed, and there is nothing in it to be read. */
struct key_type keybag_key_type = {
	.name = KEYBAG_KEY_TYPE,
	.vet_description = vet_description,
	.instantiate = instantiate,
	.destroy = destroy,
	.describe = describe,
};

struct keybag_bag *keybag_key_bag(struct key *key)
{
	struct keybag_bag *bag;
	int error;

	if (key->type != &keybag_key_type)
		return ERR_PTR(-EINVAL);
	error = key_validate(key);
	if (!error)
		error = key_read_state(key) < 0 ? key_read_state(key) : 0;
	if (error)
		return ERR_PTR(error);

	bag = key->payload.data[0];
	return READ_ONCE(bag->gone) ? ERR_PTR(-EKEYREVOKED) : keybag_bag_get(bag);
}

int keybag_key_type_init(void)
{
	return register_key_type(&keybag_key_type);
}

void keybag_key_type_exit(void)
{
	unregister_key_type(&keybag_key_type);
}
