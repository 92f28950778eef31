/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Secret Service on a bus, as a client sees it: one of the two sides of a transfer. Secrets travel encrypted, by the algorithm
 * of agreement.h; a service that does not offer it is refused.
 *
 * Functions return 0 or a negative errno; peer_problem() says why, as the service does where it can. Where the service wants a prompt
 * that is run, which may ask a person: -ECANCELED: they decline; -ETIMEDOUT: five minutes are over, and it was dismissed; -ESRCH: the
 * service has ended meanwhile. After one of the first two nobody is asked again: whatever needs a prompt fails in the same way. -ENODATA:
 * it was to make something, and has made nothing.
 */
#ifndef SECRETSERVICE_PEER_H
#define SECRETSERVICE_PEER_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "helper/common/secret.h"
#include "peer_call.h"
#include "record.h"

/* -EPROTONOSUPPORT: it offers no encryption. */
int peer_open(sd_bus *bus, const char *owner, const char *called, struct peer *ret_peer);
void peer_close(struct peer *peer);

/* Good until the next call. */
const char *peer_problem(const struct peer *peer, int result);

int peer_collections(struct peer *peer, struct record_collections *ret_collections);

/* Items of a collection, oldest change first; those that go meanwhile are left out. */
int peer_items(struct peer *peer, const struct record_collection *collection, struct record_list *ret_items);

/* The path of a collection by its alias, to be released with free(3); NULL: there is none. */
int peer_alias(struct peer *peer, const char *alias, char **ret_path);
int peer_set_alias(struct peer *peer, const char *alias, const char *path);

/* A secret of an item. -EFBIG: it is longer than @maximum bytes. @ret_type, the content type, is to be released with free(3). */
int peer_secret(struct peer *peer, const char *item, size_t maximum, struct secret *ret_secret, char **ret_type);

/* Adds an item like @record; several may have the same attributes. */
int peer_add(struct peer *peer, const char *collection, const struct record *record, const struct secret *secret,
	     const char *type);

/* Gives an item another secret and another label. */
int peer_renew(struct peer *peer, const struct record *item, const struct secret *secret, const char *type,
	       const char *label);

/* A new collection. @password: of a keyring of gnome-keyring; NULL: it costs no password. @ret_path: to be released. */
int peer_make_collection(struct peer *peer, const char *label, const struct secret *password, char **ret_path);

int peer_rename_collection(struct peer *peer, const char *collection, const char *label);

/* Whether collections have a password each, which can be given without a question on the screen: those of gnome-keyring. */
bool peer_takes_passwords(struct peer *peer);
/* -EKEYREJECTED: the wrong one. */
int peer_unlock(struct peer *peer, const char *collection, const struct secret *password);

/* Asks the service to unlock objects (ends with NULL), by a question on the screen of its own. */
int peer_unlock_on_screen(struct peer *peer, char **paths);

#endif /* SECRETSERVICE_PEER_H */
