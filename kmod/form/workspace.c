// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/rculist.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "../crypto/burn.h"
#include "workspace.h"

/* All that are in use; walked without the lock by a panic, when nobody else runs. */
static LIST_HEAD(workspaces);
static DEFINE_SPINLOCK(workspaces_lock);

static void wipe_secrets(struct keybag_workspace *workspace)
{
	size_t public = offsetof(struct keybag_workspace, keys);

	memzero_explicit((u8 *)workspace + public, sizeof(*workspace) - public);
}

struct keybag_workspace *keybag_workspace_new(void)
{
	struct keybag_workspace *workspace = kzalloc(sizeof(*workspace), GFP_KERNEL);
	int err;

	if (!workspace)
		return ERR_PTR(-ENOMEM);

	keybag_workbench_init(&workspace->bench);
	workspace->hmac = keybag_hmac_alloc();
	if (IS_ERR(workspace->hmac)) {
		err = PTR_ERR(workspace->hmac);
		goto err_hmac;
	}
	workspace->cmac = keybag_cmac_key_alloc();
	if (IS_ERR(workspace->cmac)) {
		err = PTR_ERR(workspace->cmac);
		goto err_cmac;
	}
	workspace->gcm = keybag_gcm_key_alloc();
	if (IS_ERR(workspace->gcm)) {
		err = PTR_ERR(workspace->gcm);
		goto err_gcm;
	}
	spin_lock(&workspaces_lock);
	list_add_rcu(&workspace->list, &workspaces);
	spin_unlock(&workspaces_lock);
	return workspace;

err_gcm:
	keybag_cmac_key_free(workspace->cmac);
err_cmac:
	keybag_hmac_free(workspace->hmac);
err_hmac:
	kfree(workspace);
	return ERR_PTR(err);
}

void keybag_workspace_free(struct keybag_workspace *workspace)
{
	unsigned int class;

	/* In the list until there is nothing left; as for class keys, each is taken out first. */
	for (class = 0; class < KB_CLASS_SLOTS; class++)
		keybag_class_key_wipe(&workspace->prepared[class]);
	wipe_secrets(workspace);
	keybag_gcm_key_free(xchg(&workspace->gcm, NULL));
	keybag_cmac_key_free(xchg(&workspace->cmac, NULL));
	keybag_hmac_free(xchg(&workspace->hmac, NULL));
	spin_lock(&workspaces_lock);
	list_del_rcu(&workspace->list);
	spin_unlock(&workspaces_lock);
	kfree(workspace);
	keybag_burn_hash();
}

static void overwrite(struct keybag_workspace *workspace)
{
	unsigned int class;

	wipe_secrets(workspace);
	keybag_gcm_key_overwrite(READ_ONCE(workspace->gcm));
	keybag_cmac_key_overwrite(READ_ONCE(workspace->cmac));
	keybag_hmac_overwrite(READ_ONCE(workspace->hmac));
	for (class = 0; class < KB_CLASS_SLOTS; class++)
		keybag_class_key_overwrite(&workspace->prepared[class]);
}

void keybag_workspace_overwrite_all(void)
{
	struct keybag_workspace *workspace;

	rcu_read_lock();
	list_for_each_entry_rcu(workspace, &workspaces, list)
		overwrite(workspace);
	rcu_read_unlock();
}

struct keybag_workspace *keybag_workspace_begin(void)
{
	struct keybag_workspace *workspace = keybag_workspace_new();
	const struct keybag_device_subkeys *device;

	if (IS_ERR(workspace))
		return workspace;

	down_read(&keybag_device_lock);
	device = keybag_device_subkeys();
	if (IS_ERR(device)) {
		up_read(&keybag_device_lock);
		keybag_workspace_free(workspace);
		return ERR_CAST(device);
	}
	workspace->device = device;
	workspace->noio = memalloc_noio_save();
	return workspace;
}

void keybag_workspace_end(struct keybag_workspace *workspace)
{
	unsigned int noio = workspace->noio;

	/* Eviction takes the lock: when it has returned nothing is left of this either. */
	keybag_workspace_free(workspace);
	memalloc_noio_restore(noio);
	up_read(&keybag_device_lock);
}
