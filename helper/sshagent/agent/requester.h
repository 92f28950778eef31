/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever asks, as long as they are connected.
 */
#ifndef SSHAGENT_REQUESTER_H
#define SSHAGENT_REQUESTER_H

#include "helper/sshagent/bind/binding.h"

struct signature_request;

struct requester {
	struct bindings bindings;
	struct signature_request *pending;	/* NULL: they wait for nothing */
};

/* Called with the answer to a request that was answered later. */
typedef void requester_answered(struct requester *requester, struct bytes answer);

#endif /* SSHAGENT_REQUESTER_H */
