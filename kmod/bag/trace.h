/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints. They say what happened to which bag, never a secret, a blob or an address.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM keybag

#if !defined(_KEYBAG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _KEYBAG_TRACE_H

#include <linux/tracepoint.h>
#include "bag.h"

/* Operations that are commands of their own. */
#define KEYBAG_TRACE_CHILD_CREATE	100
#define KEYBAG_TRACE_CHILD_OPEN		101

TRACE_DEFINE_ENUM(KEYBAG_OP_WRAP);
TRACE_DEFINE_ENUM(KEYBAG_OP_UNWRAP);
TRACE_DEFINE_ENUM(KEYBAG_OP_REWRAP);
TRACE_DEFINE_ENUM(KEYBAG_OP_CHILD_ENCRYPT);
TRACE_DEFINE_ENUM(KEYBAG_OP_CHILD_DECRYPT);
TRACE_DEFINE_ENUM(KEYBAG_OP_CHILD_MAC);

TRACE_DEFINE_ENUM(KEYBAG_STATE_BEFORE_FIRST_UNLOCK);
TRACE_DEFINE_ENUM(KEYBAG_STATE_LOCKED);
TRACE_DEFINE_ENUM(KEYBAG_STATE_UNLOCKED);
TRACE_DEFINE_ENUM(KEYBAG_STATE_GONE);

/* A change of state, after it took effect. */
TRACE_EVENT(keybag_state,
	TP_PROTO(const struct keybag_bag *bag, const struct keybag_event *event),
	TP_ARGS(bag, event),
	TP_STRUCT__entry(
		__array(u8, uuid, KEYBAG_UUID_SIZE)
		__field(u64, state_seq)
		__field(u32, owner)
		__field(u32, state)
		__field(u32, reason)
		__field(u32, requester_uid)
		__field(u32, requester_pid)
	),
	TP_fast_assign(
		memcpy(__entry->uuid, bag->uuid, KEYBAG_UUID_SIZE);
		__entry->state_seq = event->state_seq;
		__entry->owner = __kuid_val(bag->owner);
		__entry->state = event->state;
		__entry->reason = event->reason;
		__entry->requester_uid = event->requester.uid;
		__entry->requester_pid = event->requester.pid;
	),
	TP_printk("bag=%pUb owner=%d state=%s seq=%llu reason=%u requester_uid=%u requester_pid=%u",
		  __entry->uuid, (int)__entry->owner,
		  __print_symbolic(__entry->state,
				   { KEYBAG_STATE_BEFORE_FIRST_UNLOCK, "before-first-unlock" },
				   { KEYBAG_STATE_LOCKED, "locked" },
				   { KEYBAG_STATE_UNLOCKED, "unlocked" },
				   { KEYBAG_STATE_GONE, "gone" }),
		  __entry->state_seq, __entry->reason, __entry->requester_uid,
		  __entry->requester_pid)
);

/* The end of a data operation. */
TRACE_EVENT(keybag_operation,
	TP_PROTO(const struct keybag_bag *bag, u32 operation, u32 class, int error),
	TP_ARGS(bag, operation, class, error),
	TP_STRUCT__entry(
		__array(u8, uuid, KEYBAG_UUID_SIZE)
		__field(u32, operation)
		__field(u32, class)
		__field(int, error)
	),
	TP_fast_assign(
		memcpy(__entry->uuid, bag->uuid, KEYBAG_UUID_SIZE);
		__entry->operation = operation;
		__entry->class = class;
		__entry->error = error;
	),
	TP_printk("bag=%pUb operation=%s class=%u error=%d", __entry->uuid,
		  __print_symbolic(__entry->operation,
				   { KEYBAG_OP_WRAP, "wrap" },
				   { KEYBAG_OP_UNWRAP, "unwrap" },
				   { KEYBAG_OP_REWRAP, "rewrap" },
				   { KEYBAG_OP_CHILD_ENCRYPT, "child-encrypt" },
				   { KEYBAG_OP_CHILD_DECRYPT, "child-decrypt" },
				   { KEYBAG_OP_CHILD_MAC, "child-mac" },
				   { KEYBAG_TRACE_CHILD_CREATE, "child-create" },
				   { KEYBAG_TRACE_CHILD_OPEN, "child-open" }),
		  __entry->class, __entry->error)
);

#endif /* _KEYBAG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
