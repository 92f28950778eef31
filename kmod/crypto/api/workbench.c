// SPDX-License-Identifier: GPL-2.0-only
#include "workbench.h"

void keybag_workbench_init(struct keybag_workbench *bench)
{
	crypto_init_wait(&bench->wait);
	sg_init_table(&bench->gcm_sg, 1);
	bench->gcm_page = NULL;
	sg_init_one(&bench->chunk_sg, bench->chunk, sizeof(bench->chunk));
	/* Not MAY_SLEEP: in a stay nobody sleeps, nor waits for memory. */
	aead_request_set_callback((struct aead_request *)bench->gcm_space,
				  CRYPTO_TFM_REQ_MAY_BACKLOG, crypto_req_done, &bench->wait);
	skcipher_request_set_callback((struct skcipher_request *)bench->cbc_space,
				      CRYPTO_TFM_REQ_MAY_BACKLOG, crypto_req_done, &bench->wait);
}
