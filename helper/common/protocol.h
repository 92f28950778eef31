/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words of the protocol between libkeybag and keybagd; docs/helper-protocol.md says what they mean.
 */
#ifndef KEYBAG_COMMON_PROTOCOL_H
#define KEYBAG_COMMON_PROTOCOL_H

#include <stdint.h>

#define PROTOCOL_VERSION	1

/* In every request and reply */
#define KEY_VERSION		"version"
#define KEY_ID			"id"
#define KEY_OPERATION		"op"
#define KEY_ERROR		"error"
#define KEY_MESSAGE		"message"

/* Operations */
#define OP_CREATE		"create"
#define OP_STATUS		"status"
#define OP_LIST			"list"
#define OP_UNLOCK		"unlock"
#define OP_LOCK			"lock"
#define OP_TICKET_NEW		"ticket-new"
#define OP_TICKET_REDEEM	"ticket-redeem"
#define OP_SET_PASSCODE		"set-passcode"
#define OP_REMOVE_PASSCODE	"remove-passcode"
#define OP_RECOVERY_ADD		"recovery-add"
#define OP_RECOVERY_CONFIRM	"recovery-confirm"
#define OP_RECOVERY_REFUSE	"recovery-refuse"
#define OP_RECOVER		"recover"
#define OP_LOAD			"load"
#define OP_UNLOAD		"unload"
#define OP_EVICT		"evict"
#define OP_DESTROY		"destroy"
#define OP_WATCH		"watch"
#define OP_KEYCHAIN		"keychain"
#define OP_PROGRAM		"program"
#define OP_SETTINGS		"settings"
#define OP_SET_IDLE		"set-idle"
#define OP_DEVICE_KEY		"device-key"
#define OP_DEVICE_KEY_MOVE	"device-key-move"
#define OP_ORGANISATION		"organisation"
#define OP_ORGANISATION_READ	"organisation-read"
#define OP_ORGANISATION_ADD	"organisation-add"
#define OP_ORGANISATION_REMOVE	"organisation-remove"
#define OP_ORGANISATION_EXPORT	"organisation-export"
#define OP_PASSCODE_TRIES	"passcode-tries"

/* The target; none of them: the peer's own keybag */
#define KEY_UID			"uid"
#define KEY_UUID		"uuid"
#define KEY_SYSTEM		"system"

/* Requests */
#define KEY_PROOF		"proof"		/* enum keybag_protector_kind; text in a descriptor */
#define KEY_PASSCODE		"passcode"	/* true: a new passcode follows in a descriptor */
#define KEY_FLAGS		"flags"
#define KEY_REASON		"reason"
#define KEY_KDF_MEMORY		"kdf-memory-kib"
#define KEY_KDF_PASSES		"kdf-passes"
#define KEY_KDF_LANES		"kdf-lanes"
#define KEY_FORM		"form"
#define KEY_CERTIFICATE		"certificate"
#define KEY_TICKET		"ticket"
#define KEY_CURSOR		"cursor"
#define KEY_PID			"pid"
#define KEY_IDLE		"lock-after-idle"	/* seconds; in a reply, what holds */

/* Replies and events */
#define KEY_STATE		"state"
#define KEY_FAILURES		"failures"
#define KEY_RETRY_AFTER		"retry-after-ns"
#define KEY_WARNINGS		"warnings"
#define KEY_EVENT		"event"
#define KEY_OWNER		"owner"
#define KEY_OWNER_NAME		"owner-name"
#define KEY_TYPE		"type"
#define KEY_STATE_SEQ		"state-seq"
#define KEY_STATE_TIME		"state-time-ns"
#define KEY_REQUESTER_UID	"requester-uid"
#define KEY_REQUESTER_PID	"requester-pid"
#define KEY_GENERATION		"bag-generation"
#define KEY_STATUS_FLAGS	"status-flags"
#define KEY_CLASSES_PRESENT	"classes-present"
#define KEY_CLASSES_AVAILABLE	"classes-available"
#define KEY_LOADED		"loaded"
#define KEY_BAG_ERROR		"bag-error"
#define KEY_BAG_MESSAGE		"bag-message"
#define KEY_PATH		"path"
#define KEY_DEVICE		"device"
#define KEY_INODE		"inode"
#define KEY_MODE		"mode"
#define KEY_GROUP		"group"
#define KEY_REAL_GROUP		"real-group"
#define KEY_TRACEABLE		"traceable"
#define KEY_CREATE_AT_LOGIN	"create-at-login"
#define KEY_IDLE_LIMIT		"lock-after-idle-limit"
#define KEY_IDLE_OWN		"lock-after-idle-own"
#define KEY_ORGANISATION	"organisation"		/* SHA-256 of the certificate; of the keybag */
#define KEY_ORGANISATION_SUBJECT	"organisation-subject"
#define KEY_ORGANISATION_FROM	"organisation-from"	/* s since the epoch */
#define KEY_ORGANISATION_UNTIL	"organisation-until"
#define KEY_CONFIGURED		"configured"		/* the same of keybagd.conf */
#define KEY_CONFIGURED_SUBJECT	"configured-subject"
#define KEY_CONFIGURED_FROM	"configured-from"
#define KEY_CONFIGURED_UNTIL	"configured-until"
#define KEY_CONFIGURED_PROBLEM	"configured-problem"
#define KEY_SEALED		"sealed"
#define KEY_KEY_PLACE		"device-key-place"
#define KEY_KEY_FLAGS		"device-key-flags"
#define KEY_KEY_ERROR		"device-key-error"
#define KEY_KEY_MESSAGE		"device-key-message"
#define KEY_TPM_TRIES		"tpm-tries"

/* The account of keychaind, whom keybagd serves with OP_KEYCHAIN and OP_PROGRAM. */
#define KEYCHAIN_ACCOUNT	"_keychain"

/* Domain of what the keychain wraps: 0x80 marks those that take CAP_SYS_ADMIN to set. */
#define KEYCHAIN_DOMAIN \
	((const uint8_t[16]){ 0x80, 'k', 'e', 'y', 'c', 'h', 'a', 'i', 'n' })

#endif /* KEYBAG_COMMON_PROTOCOL_H */
