// SPDX-License-Identifier: GPL-2.0-or-later
#include "on_behalf.h"

#include <errno.h>
#include <string.h>

#include "answer.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/service/grants/entitlements.h"
#include "helper/keychain/service/grants/subject.h"

/* Its executable, which nobody has to know of a process that was granted nothing; "" where it cannot be told. */
static const char *executable_of(const struct identity *identity, struct keybag_client *client,
				 struct keybag_program *program)
{
	if (identity->knows_program)
		return identity->program.path;
	return keybag_client_program(client, identity->pid, program) == 0 ? program->path : "";
}

static struct value *not_granted(const struct identity *identity, struct keybag_client *client)
{
	struct keybag_program program = { 0 };
	const char *path = executable_of(identity, client, &program);
	char who[512];

	identity_describe(identity, who, sizeof(who));
	if (identity->by_executable)
		return answer_fail(errSecMissingEntitlement, "%s may not ask on behalf of another process: for %s that takes "
				   "OnBehalf=yes in [Grant] of %s", who, path, identity->file);
	return answer_fail(errSecMissingEntitlement, "%s may not ask on behalf of another process: that takes OnBehalf=yes in "
			   "[Grant] of an entitlement file in " ENTITLEMENTS_OF_ADMINISTRATOR " with Executable=%s "
			   "(keychain-entitlements(5)); 'keychainctl access' shows what applies",
			   who, *path ? path : "its executable");
}

/* NULL: it may ask. In a sandbox or a unit it would get by others what it is kept from. */
static struct value *check_asking(const struct identity *identity, struct keybag_client *client)
{
	char who[512];

	if (!identity->on_behalf)
		return not_granted(identity, client);
	if (identity->kind == PEER_UNCONFINED)
		return NULL;
	identity_describe(identity, who, sizeof(who));
	return answer_fail(errSecMissingEntitlement, "%s may not ask on behalf of another process, although %s has OnBehalf=yes: "
			   "that is for programs outside of any sandbox and unit; start it in the user's session",
			   who, identity->file);
}

static struct value *refusal(const struct identity *identity, int error)
{
	switch (error) {
	case -ENOMEM:
		return NULL;
	case -EBADF:
		return answer_fail(errSecParam, "the descriptor of the process to ask on behalf of is no pidfd: pidfd_open(2) "
				   "makes one");
	case -EINVAL:
		return answer_fail(errSecParam, "the pidfd of the process to ask on behalf of is one of a thread: open it "
				   "without PIDFD_THREAD");
	case -ESRCH:
		return answer_reason(answer_fail(errSecNotAvailable, "the process to ask on behalf of has ended: nothing was "
						 "done"), "process-gone");
	case -EACCES:
		return answer_fail(errSecMissingEntitlement, "the process to ask on behalf of does not run as uid %u alone: a "
				   "service can ask for processes of its own user only, root as well", identity->uid);
	case -EPERM:
		return answer_fail(errSecMissingEntitlement, "the process to ask on behalf of is in another user or PID "
				   "namespace (container): keychains cannot be reached from there");
	default:
		return answer_fail(errSecMissingEntitlement, "the process to ask on behalf of cannot be looked at: %s",
				   strerrordesc_np(-error));
	}
}

struct identity *on_behalf_of(struct engine_cache *cache, const struct connection *connection, int pidfd,
			      struct value **ret_answer)
{
	struct identity *subject = NULL;
	int result;

	*ret_answer = check_asking(connection->identity, cache->client);
	if (*ret_answer)
		return NULL;
	result = subject_find(connection->identity, pidfd, &subject);
	if (result < 0)
		*ret_answer = refusal(connection->identity, result);
	return subject;
}
