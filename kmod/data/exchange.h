/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Class B, unless open: a blob has a key of its own, on which an ephemeral pair of X25519, made for
 * it, and the pair of the class agree, together with K_auth, which is there in every state. To seal
 * takes the public half of the class, which is in the sealed form; to open takes the private half,
 * which is there while the bag is unlocked.
 */
#ifndef _KEYBAG_EXCHANGE_H
#define _KEYBAG_EXCHANGE_H

#include "operation.h"

/*
 * Makes what @work needs to open a blob of class B, and to seal one where it @seals, and begins a
 * stay with @bag and @to, which may be the same. Allocates, so call it in no stay. The end wipes
 * all of it, burns the stack, and ends the stay: no lock returns before. Errors, and then there is
 * nothing to end: -ENOMEM, -ENOPKG, -EINTR (a signal, while there is no randomness yet).
 */
int keybag_exchange_begin(struct keybag_work *work, bool seals, struct keybag_bag *bag,
			  struct keybag_bag *to);
void keybag_exchange_end(struct keybag_work *work, struct keybag_bag *bag, struct keybag_bag *to);

/*
 * All in between, once each, first open. What keybag_operation_open() and _seal() do. The key of a
 * seal is agreed on before, which can fail: -ENOENT where the form has no key of that generation,
 * -ENOMEM; then nothing was handed to the caller yet.
 */
int keybag_exchange_open(struct keybag_work *work, const struct keybag_bag *bag,
			 const struct keybag_slot *slot);
int keybag_exchange_agree(struct keybag_work *work, const struct keybag_bag *bag,
			  u32 key_generation);
int keybag_exchange_seal(struct keybag_work *work, const struct kb_blob_header *header);

#endif /* _KEYBAG_EXCHANGE_H */
