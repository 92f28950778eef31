// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Waiting for a class: by the changes of state that keybagd tells.
 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "class_state.h"
#include "client.h"
#include "helper/common/cleanup.h"
#include "helper/common/deadline.h"
#include "libkeybag/keybag.h"

/* As the kernel has it, KEYBAG_STATE_GONE where no keybag is loaded. Returns 0 or a negative errno: the device cannot be asked. */
static int read_status(uid_t uid, struct keybag_status *ret_status)
{
	CLEANUP_FD int fd = keybag_open();
	int result = fd < 0 ? fd : keybag_bind_uid(fd, uid, KEYBAG_BIND_NO_UPCALL, NULL);

	if (!result)
		result = keybag_status(fd, ret_status);
	if (result != -ENOENT)
		return result;
	*ret_status = (struct keybag_status){ .state = KEYBAG_STATE_GONE };
	return 0;
}

/* It has one while there is a passcode. Where the device cannot be asked the state alone decides. */
static bool has_passcode_key(uid_t uid)
{
	struct keybag_status status;

	return read_status(uid, &status) || status.classes_present & KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU);
}

/* keybagd tells the present state after it has answered, and nothing where no keybag is loaded. */
#define STATE_NS	UINT64_C(1000000000)

/* *@state: the last one that was told. */
static int wait_for(struct keybag_watch *watch, enum keychain_accessible accessible, uint64_t deadline, uint32_t *state)
{
	uint64_t first = deadline_after(STATE_NS), until = first > deadline ? first : deadline;
	struct keybag_watch_event event;
	int result;

	do {
		result = keybag_watch_next(watch, deadline_left(until), &event);
		if (result < 0)
			return result;
		*state = event.event.state;
		until = deadline;
	} while (!class_state_allows(accessible, *state));
	return 0;
}

static void free_watch(void *watch)
{
	keybag_watch_free(watch);
}

/*
 * The kernel tells without keybagd that the class is available, and answers who would not wait. Returns as wait_for(), or
 * -EAGAIN: keybagd has to be asked.
 */
static int look(uid_t uid, enum keychain_accessible accessible, uint64_t limit_ns, uint32_t *state)
{
	struct keybag_status status;

	if (read_status(uid, &status))
		return -EAGAIN;
	*state = status.state;
	if (class_state_allows(accessible, status.state))
		return 0;
	return limit_ns ? -EAGAIN : -ETIMEDOUT;
}

int keychain_wait(struct keychain_client *client, enum keychain_accessible accessible,
		  uint64_t limit_ns)
{
	const struct keybag_whose own = { .by = KEYBAG_WHOSE_UID, .uid = geteuid() };
	uint64_t deadline = deadline_after(limit_ns);
	uint32_t state = KEYBAG_STATE_GONE;
	struct keybag_watch *watch;
	int result;

	if (!keychain_accessible_name(accessible))
		return client_fail(client, errSecParam, "keychain_wait: no protection class");
	result = look(own.uid, accessible, limit_ns, &state);
	if (result == -EAGAIN) {
		result = keybag_watch_new_within(&own, limit_ns > client->limit_ns ? limit_ns : client->limit_ns, &watch);
		if (result < 0)
			return client_fail(client, errSecNotAvailable, "waiting for the keybag: %s", keybag_error_text(result));
		pthread_cleanup_push(free_watch, watch);
		result = wait_for(watch, accessible, deadline, &state);
		pthread_cleanup_pop(true);
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
	if (accessible == KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE && !has_passcode_key(own.uid))
		return client_fail(client, errSecNotAvailable, "the keybag has no passcode, so that class akpu has no key: "
				   "set one with keybagctl passwd");
	client_fail(client, 0, "%s", "");
	return 0;
}
