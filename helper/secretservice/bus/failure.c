// SPDX-License-Identifier: GPL-2.0-or-later
#include "failure.h"

#include <errno.h>

#include "helper/keychain/include/keychain-status.h"

static bool denied;

bool failure_take_denied(void)
{
	bool was_denied = denied;

	denied = false;
	return was_denied;
}

int failure_locked(sd_bus_error *error)
{
	return sd_bus_error_set(error, FAILURE_IS_LOCKED,
				"the keybag is locked: unlock the screen, or use keybagctl unlock");
}

int failure_no_object(sd_bus_error *error)
{
	return sd_bus_error_set(error, FAILURE_NO_SUCH_OBJECT, "there is no such object");
}

int failure_no_session(sd_bus_error *error)
{
	return sd_bus_error_set(error, FAILURE_NO_SESSION, "there is no such session: open one");
}

int failure_not_yours(sd_bus_error *error)
{
	return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED,
				"that concerns all programs of the user, and is not for one in a sandbox");
}

static int failure_limit(sd_bus_error *error)
{
	return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED, "that is over a limit of this service");
}

static int failure_put_aside(sd_bus_error *error)
{
	return sd_bus_error_set(error, SD_BUS_ERROR_FAILED,
				"a file of the keychain was damaged and put aside, and may have what is asked for: restore it from a backup, or have "
				"root remove it, to go without; 'keychainctl keychains' names it");
}

int failure_of_status(int status, const char *message, sd_bus_error *error)
{
	switch (status) {
	case errSecInteractionNotAllowed:
		return failure_locked(error);
	/* Objects of others are as if they did not exist. */
	case errSecMissingEntitlement:
		denied = true;
		return failure_no_object(error);
	case errSecItemNotFound:
		return failure_no_object(error);
	case STATUS_LIMIT:
		return failure_limit(error);
	case STATUS_PUT_ASIDE:
		return failure_put_aside(error);
	case errSecParam:
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, message);
	case errSecAllocate:
		return sd_bus_error_set(error, SD_BUS_ERROR_NO_MEMORY, message);
	default:
		return sd_bus_error_set(error, SD_BUS_ERROR_FAILED, message);
	}
}

int failure_of_errno(int result, sd_bus_error *error)
{
	switch (result) {
	case -E2BIG:
	case -EMFILE:
		return failure_limit(error);
	case -ENXIO:
	case -EBADMSG:
	case -EINVAL:
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "the arguments are not what this method takes");
	default:
		return sd_bus_error_set_errno(error, result);
	}
}
