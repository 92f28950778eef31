/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a key may be used: pairs of hosts, from one to the other, by their keys (PROTOCOL.agent, restrict-destination-v00).
 */
#ifndef SSHAGENT_DESTINATION_H
#define SSHAGENT_DESTINATION_H

#include "helper/sshagent/key/public_key.h"

#define DESTINATIONS_MAX	1024
#define DESTINATION_TEXT_MAX	255	/* bytes of the name of a host or a user */

/* Whether all of it can be read, and there is one at least. */
bool destinations_valid(struct bytes destinations);

/*
 * Whether one of them leads from the host of key @from (NULL: the one where the agent runs) to that of key @to (NULL: any), for
 * @user (NULL: any).
 */
bool destinations_permit(struct bytes destinations, const struct public_key *from, const struct public_key *to,
			 const struct bytes *user);

#endif /* SSHAGENT_DESTINATION_H */
