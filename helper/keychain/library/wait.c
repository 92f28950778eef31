// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Waiting for a class: by the changes of state that keybagd tells.
 */
#include <errno.h>

#include "class_state.h"
#include "client.h"
#include "helper/common/deadline.h"
#include "libkeybag/keybag.h"

/* *@state: the last one that was told. */
static int wait_for(struct keybag_watch *watch, enum keychain_accessible accessible,
		    uint64_t deadline, uint32_t *state)
{
	struct keybag_watch_event event;
	uint64_t now;
	int result;

	do {
		now = deadline_now();
		result = keybag_watch_next(watch, deadline == UINT64_MAX ? UINT64_MAX :
					   deadline > now ? deadline - now : 0, &event);
		if (result < 0)
			return result;
		*state = event.event.state;
	} while (!class_state_allows(accessible, *state));
	return 0;
}

int keychain_wait(struct keychain_client *client, enum keychain_accessible accessible,
		  uint64_t limit_ns)
{
	const struct keybag_whose own = { .by = KEYBAG_WHOSE_UID, .uid = geteuid() };
	uint32_t state = KEYBAG_STATE_GONE;
	struct keybag_watch *watch;
	int result;

	if (!keychain_accessible_name(accessible))
		return client_fail(client, errSecParam, "keychain_wait: no protection class");
	result = keybag_watch_new(&own, &watch);
	if (!result) {
		result = wait_for(watch, accessible, deadline_after(limit_ns), &state);
		keybag_watch_free(watch);
	}
	if (result == -ETIMEDOUT && state == KEYBAG_STATE_GONE)
		return client_fail(client, errSecNotAvailable,
				   "no keybag of uid %u is loaded: 'keybagctl create' makes one, "
				   "if there is none",
				   (unsigned int)own.uid);
	if (result == -ETIMEDOUT)
		return client_fail(client, errSecInteractionNotAllowed,
				   "class %s has not become available in time: unlock with "
				   "'keybagctl unlock'", keychain_accessible_name(accessible));
	if (result < 0)
		return client_fail(client, errSecNotAvailable, "waiting for the keybag: %s",
				   keybag_error_text(result));
	client_fail(client, 0, "%s", "");
	return 0;
}
