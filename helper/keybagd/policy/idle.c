// SPDX-License-Identifier: GPL-2.0-or-later
#include "idle.h"

#define SECOND_NS	1000000000ULL

bool idle_is_long(uint64_t since_ns, uint64_t now_ns, uint32_t seconds)
{
	return seconds && since_ns && since_ns < now_ns && now_ns - since_ns >= seconds * SECOND_NS;
}

void idle_note_terminal(struct session *session, uint64_t stamp_us, uint64_t hint_ns, uint64_t now_ns)
{
	bool first = !session->looked_ns;

	if (first || stamp_us != session->stamp_us) {
		/* Before the first look it may have been at any time: counted from now nobody who types is taken for idle. */
		session->typed_ns = now_ns;
		if (!first && hint_ns >= session->looked_ns && hint_ns < now_ns)
			session->typed_ns = hint_ns;
	}
	session->stamp_us = stamp_us;
	session->looked_ns = now_ns;
	session->idle_since_ns = stamp_us ? session->typed_ns : 0;
}

struct auto_lock idle_judge(uid_t uid, uint64_t open_since_ns, uint64_t now_ns, uint32_t seconds)
{
	const struct auto_lock nothing = { 0 };
	const struct session *session;
	bool any = false;

	for (session = session_first(); session; session = session->next) {
		if (session->uid != uid || !session_counts(session))
			continue;
		if (!idle_is_long(session->idle_since_ns, now_ns, seconds))
			return nothing;
		any = true;
	}
	if (!any || !idle_is_long(open_since_ns, now_ns, seconds))
		return nothing;
	return (struct auto_lock){
		.uid = uid,
		.reason = KEYBAG_REASON_IDLE,
		.why = "its sessions are idle",
	};
}
