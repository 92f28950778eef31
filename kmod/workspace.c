// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "burn.h"
#include "workspace.h"

struct keybag_workspace *keybag_workspace_new(void)
{
	struct keybag_workspace *workspace = kzalloc(sizeof(*workspace), GFP_KERNEL);
	int err = -ENOMEM;

	if (!workspace)
		return ERR_PTR(-ENOMEM);

	workspace->hmac = keybag_cipher_hmac();
	if (IS_ERR(workspace->hmac)) {
		err = PTR_ERR(workspace->hmac);
		goto err_hmac;
	}
	workspace->cmac = keybag_cipher_cmac();
	if (IS_ERR(workspace->cmac)) {
		err = PTR_ERR(workspace->cmac);
		goto err_cmac;
	}
	workspace->aead = keybag_cipher_aead();
	if (IS_ERR(workspace->aead)) {
		err = PTR_ERR(workspace->aead);
		goto err_aead;
	}
	workspace->request = aead_request_alloc(workspace->aead, GFP_KERNEL);
	if (!workspace->request)
		goto err_request;

	crypto_init_wait(&workspace->wait);
	sg_init_table(&workspace->sg, 1);
	aead_request_set_callback(workspace->request,
				  CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &workspace->wait);
	return workspace;

err_request:
	crypto_free_aead(workspace->aead);
err_aead:
	crypto_free_shash(workspace->cmac);
err_cmac:
	crypto_free_shash(workspace->hmac);
err_hmac:
	kfree(workspace);
	return ERR_PTR(err);
}

void keybag_workspace_free(struct keybag_workspace *workspace)
{
	aead_request_free(workspace->request);
	crypto_free_aead(workspace->aead);
	crypto_free_shash(workspace->cmac);
	crypto_free_shash(workspace->hmac);
	kfree_sensitive(workspace);
	keybag_burn_hash();
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
	memalloc_noio_restore(workspace->noio);
	up_read(&keybag_device_lock);
	keybag_workspace_free(workspace);
}
