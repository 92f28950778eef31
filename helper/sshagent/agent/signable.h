/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SSHAGENT_SIGNABLE_H
#define SSHAGENT_SIGNABLE_H

#include "helper/sshagent/key/private_key.h"

/*
 * Whether a security key, whose public half is @blob, may sign @data: one that was not made for SSH may be one of a web site,
 * whose logins must not be signed for somebody who has the agent; it signs what is SSH's alone.
 */
bool signable_by_security_key(const struct private_key *key, struct bytes blob, struct bytes data);

#endif /* SSHAGENT_SIGNABLE_H */
