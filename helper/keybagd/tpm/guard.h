/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets that the TPM gives to whoever has the passcode key, as often as an index of its bears wrong ones: by keybag-tpm. What a
 * sealed form keeps of one, its file, is opaque here, but for the index.
 *
 * All return 0, or a negative errno with a text in @ret_result that begins with the label: -ENODEV: it may pass by itself; others:
 * guard_verdict.h. Worker threads; each takes up to TPM_EXCHANGE_SECONDS.
 */
#ifndef KEYBAGD_TPM_GUARD_H
#define KEYBAGD_TPM_GUARD_H

#include <stdbool.h>

#include "common/handover.h"
#include "common/secret.h"
#include "common/tpm_exchange.h"
#include "guard_verdict.h"
#include "keybagd/log/request_result.h"

struct guard_file {
	size_t length;			/* 0: none */
	uint8_t bytes[TPM_EXCHANGE_FILE];
};

/* An index of the TPM: its number, and its Name, which no other one has. */
struct guard_index {
	uint32_t number;
	uint8_t name[TPM_EXCHANGE_NAME];
};

/* The index of a file; false: it is none. */
bool guard_index_of(const struct guard_file *file, struct guard_index *ret_index);

/* Without the TPM: what guard_make() will make at that number; its index can be noted before there is one. */
int guard_prepare(const struct guard_owner *owner, uint32_t number, struct handover *ret_making, struct guard_index *ret_index,
		  struct request_result *ret_result);

/* -EEXIST: the number is taken; nothing was made. Of any other error nobody knows whether the index is there. */
int guard_make(const struct guard_owner *owner, struct handover *making, const struct secret *passcode_key, const uint8_t *salt,
	       struct guard_file *ret_file, struct secret *ret_secret, struct request_result *ret_result);

/* -EKEYREJECTED: a wrong passcode key, which the TPM has counted; there is no text then. @ret_tries: that are left. */
int guard_release(const struct guard_owner *owner, const struct guard_file *file, const struct secret *passcode_key,
		  const uint8_t *salt, struct secret *ret_secret, uint32_t *ret_tries, struct request_result *ret_result);

int guard_count(const struct guard_owner *owner, const struct guard_file *file, uint32_t *ret_tries,
		struct request_result *ret_result);

/* Also 0 where there is none with that Name. */
int guard_remove(const struct guard_owner *owner, const struct guard_index *index, struct request_result *ret_result);

#endif /* KEYBAGD_TPM_GUARD_H */
