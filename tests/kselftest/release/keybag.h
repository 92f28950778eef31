/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The interface as programs were built with that came with the first release: kmod/uapi/keybag.h of
 * then, without its comments. It never changes; release_test runs them against the kernel of now.
 */
#ifndef _KEYBAG_RELEASE_1_H
#define _KEYBAG_RELEASE_1_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KEYBAG_DEVICE			"/dev/keybag"
#define KEYBAG_ABI_VERSION		2
#define KEYBAG_KEY_TYPE			"keybag"

#define KEYBAG_UUID_SIZE		16
#define KEYBAG_DEVICE_KEY_SIZE		32
#define KEYBAG_DEVICE_KEY_ID_SIZE	16
#define KEYBAG_DOMAIN_SIZE		16
#define KEYBAG_SALT_SIZE		32
#define KEYBAG_PASSCODE_KEY_SIZE	32
#define KEYBAG_MAC_SIZE			32
#define KEYBAG_BLOB_HEADER_SIZE		24
#define KEYBAG_BLOB_OVERHEAD		52

#define KEYBAG_MIN_SECRET		16
#define KEYBAG_MAX_SECRET		64
#define KEYBAG_MAX_HARDWARE_SECRET	64
#define KEYBAG_MAX_PROTECTOR_OPAQUE	1024
#define KEYBAG_MAX_PAYLOAD		4096
#define KEYBAG_MAX_AAD			4096
#define KEYBAG_MAX_BATCH		256
#define KEYBAG_MAX_FORM			32768
#define KEYBAG_MAX_RECORD		512
#define KEYBAG_MAX_BAGS			1024
#define KEYBAG_MAX_FLOORS		4096
#define KEYBAG_MAX_CHILDREN		256
#define KEYBAG_MAX_BAG_CHILDREN		4096

#define KEYBAG_CLASS_A			1
#define KEYBAG_CLASS_B			2
#define KEYBAG_CLASS_C			3
#define KEYBAG_CLASS_D			4
#define KEYBAG_CLASS_AK			6
#define KEYBAG_CLASS_CK			7
#define KEYBAG_CLASS_DK			8
#define KEYBAG_CLASS_AKU		9
#define KEYBAG_CLASS_CKU		10
#define KEYBAG_CLASS_DKU		11
#define KEYBAG_CLASS_AKPU		12
#define KEYBAG_CLASS_BIT(class)		(1U << (class))

enum keybag_type {
	KEYBAG_TYPE_USER		= 1,
	KEYBAG_TYPE_SYSTEM		= 2,
};

#define KEYBAG_UID_NONE			0xffffffffU

enum keybag_state {
	KEYBAG_STATE_BEFORE_FIRST_UNLOCK = 0,
	KEYBAG_STATE_LOCKED		= 1,
	KEYBAG_STATE_UNLOCKED		= 2,
	KEYBAG_STATE_GONE		= 3,
};

enum keybag_reason {
	KEYBAG_REASON_LOAD		= 1,
	KEYBAG_REASON_REQUEST		= 2,
	KEYBAG_REASON_LOGIN		= 3,
	KEYBAG_REASON_SCREEN		= 4,
	KEYBAG_REASON_LOGOUT		= 5,
	KEYBAG_REASON_IDLE		= 6,
	KEYBAG_REASON_SUSPEND		= 7,
	KEYBAG_REASON_HIBERNATE		= 8,
	KEYBAG_REASON_REBOOT		= 9,
	KEYBAG_REASON_VM_FORK		= 10,
	KEYBAG_REASON_PASSCODE		= 11,
	KEYBAG_REASON_EVICT		= 12,
	KEYBAG_REASON_UNLOAD		= 13,
	KEYBAG_REASON_RECOVERY		= 14,
	KEYBAG_REASON_FOLLOWER		= 15,
};

enum keybag_protector_kind {
	KEYBAG_PROTECTOR_PASSCODE	= 1,
	KEYBAG_PROTECTOR_RECOVERY	= 2,
	KEYBAG_PROTECTOR_ESCROW		= 3,
	KEYBAG_PROTECTOR_NONE		= 4,
};

struct keybag_version {
	__u32 abi;
	__u32 form_version;
	__u32 blob_version;
	__u32 flags;
	__u8 device_key_id[KEYBAG_DEVICE_KEY_ID_SIZE];
	char module[32];
	char aead_driver[64];
	char mac_driver[64];
};

#define KEYBAG_VERSION_SIZE_VER0	192
#define KEYBAG_VERSION_DEVICE_KEY	(1U << 0)
#define KEYBAG_VERSION_SUSPENDING	(1U << 1)
#define KEYBAG_VERSION_FOLLOWED		(1U << 2)
#define KEYBAG_VERSION_FOLLOWER_LOST	(1U << 3)

struct keybag_device_key {
	__aligned_u64 key;
	__s32 serial;
	__u32 reserved;
	__u8 device_key_id[KEYBAG_DEVICE_KEY_ID_SIZE];
};

#define KEYBAG_DEVICE_KEY_SIZE_VER0	32

struct keybag_buffer {
	__aligned_u64 address;
	__u32 capacity;
	__u32 length;
};

struct keybag_requester {
	__u32 uid;
	__u32 pid;
};

struct keybag_secret {
	__aligned_u64 secret;
	__aligned_u64 hardware;
	__u32 secret_length;
	__u32 hardware_length;
	__u32 kind;
	__u32 id;
};

struct keybag_protector {
	__u32 kdf_memory_kib;
	__u32 kdf_passes;
	__u32 kdf_lanes;
	__u32 opaque_length;
	__aligned_u64 opaque;
	__u8 salt[KEYBAG_SALT_SIZE];
};

struct keybag_create {
	__u32 type;
	__u32 owner;
	__u8 uuid[KEYBAG_UUID_SIZE];
	struct keybag_protector protector;
	struct keybag_secret secret;
	struct keybag_buffer form;
	struct keybag_buffer record;
};

#define KEYBAG_CREATE_SIZE_VER0		144

struct keybag_load {
	__aligned_u64 form;
	__aligned_u64 record[2];
	__u32 form_length;
	__u32 record_length[2];
	__u32 flags;
	__u8 uuid[KEYBAG_UUID_SIZE];
	struct keybag_buffer new_record;
};

#define KEYBAG_LOAD_SIZE_VER0		72
#define KEYBAG_LOADED_RECORD_MISSING	(1U << 0)
#define KEYBAG_LOADED_RECORD_DAMAGED	(1U << 1)

struct keybag_read {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__aligned_u64 sequence;
	struct keybag_buffer buffer;
};

#define KEYBAG_READ_SIZE_VER0		40

struct keybag_record_saved {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__aligned_u64 sequence;
};

#define KEYBAG_RECORD_SAVED_SIZE_VER0	24

struct keybag_try {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__aligned_u64 try_id;
	__aligned_u64 retry_after_ns;
	__u32 failures;
	__u32 reserved;
	struct keybag_buffer record;
};

#define KEYBAG_TRY_SIZE_VER0		56

struct keybag_unlock {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__aligned_u64 try_id;
	struct keybag_secret secret;
	__u32 flags;
	__u32 reason;
	struct keybag_requester requester;
	__aligned_u64 retry_after_ns;
	__u32 failures;
	__u32 state;
	struct keybag_buffer record;
};

#define KEYBAG_UNLOCK_SIZE_VER0		104
#define KEYBAG_UNLOCK_FIRST_ONLY	(1U << 0)

struct keybag_lock {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__u32 flags;
	__u32 reason;
	struct keybag_requester requester;
};

#define KEYBAG_LOCK_SIZE_VER0		32
#define KEYBAG_LOCK_FULL		(1U << 0)
#define KEYBAG_LOCK_ALL			(1U << 1)

enum keybag_action {
	KEYBAG_ACTION_SET_PASSCODE	= 1,
	KEYBAG_ACTION_REMOVE_PASSCODE	= 2,
	KEYBAG_ACTION_ADD_PROTECTOR	= 3,
	KEYBAG_ACTION_REVOKE_PROTECTOR	= 4,
	KEYBAG_ACTION_RECOVERY_CONFIRMED = 5,
	KEYBAG_ACTION_RECOVERY_REFUSED	= 6,
};

struct keybag_change {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__aligned_u64 try_id;
	struct keybag_secret authority;
	__u32 action;
	__u32 target;
	struct keybag_protector protector;
	struct keybag_secret secret;
	__aligned_u64 generation;
	__aligned_u64 retry_after_ns;
	__u32 failures;
	__u32 target_id;
	struct keybag_buffer form;
	struct keybag_buffer record;
};

#define KEYBAG_CHANGE_SIZE_VER0		208

struct keybag_commit {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__aligned_u64 generation;
	struct keybag_requester requester;
};

#define KEYBAG_COMMIT_SIZE_VER0		32

struct keybag_recover {
	__aligned_u64 form;
	__u32 form_length;
	__u32 reserved;
	struct keybag_secret authority;
	struct keybag_protector protector;
	struct keybag_secret secret;
	__u8 uuid[KEYBAG_UUID_SIZE];
	struct keybag_buffer new_form;
	struct keybag_buffer new_record;
};

#define KEYBAG_RECOVER_SIZE_VER0	184

struct keybag_unload {
	__u8 uuid[KEYBAG_UUID_SIZE];
	struct keybag_requester requester;
};

#define KEYBAG_UNLOAD_SIZE_VER0		24

struct keybag_evict {
	__u32 reason;
	__u32 reserved;
	struct keybag_requester requester;
};

#define KEYBAG_EVICT_SIZE_VER0		16

struct keybag_list {
	__aligned_u64 uuids;
	__u32 capacity;
	__u32 count;
};

#define KEYBAG_LIST_SIZE_VER0		16

struct keybag_follow {
	__u32 flags;
	__u32 reserved;
	__aligned_u64 timeout_ns;
};

#define KEYBAG_FOLLOW_SIZE_VER0		16
#define KEYBAG_FOLLOW_END		(1U << 0)
#define KEYBAG_FOLLOW_TIMEOUT_NS	30000000000ULL

struct keybag_status {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__u32 owner;
	__u32 type;
	__u32 state;
	__u32 reason;
	__aligned_u64 state_seq;
	__aligned_u64 state_time_ns;
	struct keybag_requester requester;
	__aligned_u64 bag_generation;
	__aligned_u64 retry_after_ns;
	__u32 failures;
	__u32 flags;
	__u32 classes_present;
	__u32 classes_available;
	__u32 rights;
	__u32 classes;
	__u8 domain[KEYBAG_DOMAIN_SIZE];
};

#define KEYBAG_STATUS_SIZE_VER0		112
#define KEYBAG_STATUS_PASSCODE		(1U << 0)
#define KEYBAG_STATUS_PENDING		(1U << 1)
#define KEYBAG_STATUS_RECOVERY		(1U << 2)
#define KEYBAG_STATUS_RECOVERY_CONFIRMED (1U << 3)
#define KEYBAG_STATUS_RECOVERY_REFUSED	(1U << 4)
#define KEYBAG_STATUS_RECORD_DIRTY	(1U << 5)
#define KEYBAG_STATUS_ESCROW		(1U << 6)
#define KEYBAG_STATUS_FAILURES_ASSUMED	(1U << 7)

enum keybag_event_type {
	KEYBAG_EVENT_STATE		= 1,
};

struct keybag_event {
	__u32 size;
	__u32 type;
	__aligned_u64 state_seq;
	__aligned_u64 time_ns;
	__u32 state;
	__u32 reason;
	struct keybag_requester requester;
};

#define KEYBAG_EVENT_SIZE_VER0		40

enum keybag_bind_by {
	KEYBAG_BIND_SERIAL		= 1,
	KEYBAG_BIND_UID			= 2,
	KEYBAG_BIND_UUID		= 3,
	KEYBAG_BIND_SYSTEM		= 4,
};

struct keybag_bind {
	__u32 by;
	__s32 serial;
	__u32 uid;
	__u32 flags;
	__u8 uuid[KEYBAG_UUID_SIZE];
};

#define KEYBAG_BIND_SIZE_VER0		32
#define KEYBAG_BIND_NO_UPCALL		(1U << 0)

#define KEYBAG_RIGHT_WRAP		(1U << 0)
#define KEYBAG_RIGHT_UNWRAP		(1U << 1)
#define KEYBAG_RIGHT_REWRAP		(1U << 2)
#define KEYBAG_RIGHT_CHILD_CREATE	(1U << 3)
#define KEYBAG_RIGHT_CHILD_OPEN		(1U << 4)
#define KEYBAG_RIGHT_CHILD_ENCRYPT	(1U << 5)
#define KEYBAG_RIGHT_CHILD_DECRYPT	(1U << 6)
#define KEYBAG_RIGHT_CHILD_MAC		(1U << 7)
#define KEYBAG_RIGHT_CLONE		(1U << 8)
#define KEYBAG_RIGHT_WATCH		(1U << 9)
#define KEYBAG_RIGHT_ALL		0x3ffU
#define KEYBAG_CLASSES_ALL		0x1fdeU

struct keybag_restrict {
	__u32 rights;
	__u32 classes;
	__u32 flags;
	__u32 known;
	__u8 domain[KEYBAG_DOMAIN_SIZE];
};

#define KEYBAG_RESTRICT_SIZE_VER0	32
#define KEYBAG_RESTRICT_SET_DOMAIN	(1U << 0)

struct keybag_clone {
	__u32 flags;
	__u32 reserved;
	__aligned_u64 lifetime_ns;
};

#define KEYBAG_CLONE_SIZE_VER0		16
#define KEYBAG_CLONE_ONCE		(1U << 0)

struct keybag_wrap {
	__u32 class_number;
	__u32 flags;
	__u32 plaintext_length;
	__u32 aad_length;
	__u32 blob_capacity;
	__u32 reserved;
	__aligned_u64 plaintext;
	__aligned_u64 blob;
	__u8 data[];
};

#define KEYBAG_WRAP_SIZE_VER0		40
#define KEYBAG_WRAP_GENERATE		(1U << 0)

struct keybag_unwrap {
	__u32 blob_length;
	__u32 aad_length;
	__u32 plaintext_capacity;
	__u32 flags;
	__aligned_u64 plaintext;
	__u8 data[];
};

#define KEYBAG_UNWRAP_SIZE_VER0		24

struct keybag_rewrap {
	__u32 class_number;
	__u32 flags;
	__s32 target;
	__u32 blob_length;
	__u32 aad_length;
	__u32 new_aad_length;
	__u32 new_blob_capacity;
	__u32 reserved;
	__aligned_u64 new_blob;
	__u8 data[];
};

#define KEYBAG_REWRAP_SIZE_VER0		40

struct keybag_child_create {
	__u32 class_number;
	__u32 flags;
	__u32 aad_length;
	__u32 blob_capacity;
	__aligned_u64 blob;
	__u8 data[];
};

#define KEYBAG_CHILD_CREATE_SIZE_VER0	24

struct keybag_child_open {
	__u32 blob_length;
	__u32 aad_length;
	__u32 flags;
	__u32 reserved;
	__u8 data[];
};

#define KEYBAG_CHILD_OPEN_SIZE_VER0	16

enum keybag_operation {
	KEYBAG_OP_WRAP			= 1,
	KEYBAG_OP_UNWRAP		= 2,
	KEYBAG_OP_REWRAP		= 3,
	KEYBAG_OP_CHILD_ENCRYPT		= 4,
	KEYBAG_OP_CHILD_DECRYPT		= 5,
	KEYBAG_OP_CHILD_MAC		= 6,
};

struct keybag_item {
	__u32 operation;
	__s32 result;
	__u32 class_number;
	__u32 child;
	__u32 flags;
	__s32 target;
	__u32 input_length;
	__u32 aad_length;
	__u32 new_aad_length;
	__u32 output_capacity;
	__aligned_u64 input;
	__aligned_u64 aad;
	__aligned_u64 new_aad;
	__aligned_u64 output;
};

#define KEYBAG_ITEM_SIZE_VER0		72

struct keybag_batch {
	__aligned_u64 items;
	__u32 count;
	__u32 item_size;
};

#define KEYBAG_BATCH_SIZE_VER0		16

#define KEYBAG_IOC_MAGIC		0xBD
#define KEYBAG_IOC_SIZED(nr, size)	_IOC(_IOC_WRITE, KEYBAG_IOC_MAGIC, (nr), (size))

#define KEYBAG_IOC_VERSION		_IOR(KEYBAG_IOC_MAGIC, 0x00, struct keybag_version)

#define KEYBAG_IOC_SET_DEVICE_KEY	_IOWR(KEYBAG_IOC_MAGIC, 0x10, struct keybag_device_key)
#define KEYBAG_IOC_CREATE		_IOWR(KEYBAG_IOC_MAGIC, 0x11, struct keybag_create)
#define KEYBAG_IOC_LOAD			_IOWR(KEYBAG_IOC_MAGIC, 0x12, struct keybag_load)
#define KEYBAG_IOC_READ_FORM		_IOWR(KEYBAG_IOC_MAGIC, 0x13, struct keybag_read)
#define KEYBAG_IOC_READ_RECORD		_IOWR(KEYBAG_IOC_MAGIC, 0x14, struct keybag_read)
#define KEYBAG_IOC_RECORD_SAVED		_IOW(KEYBAG_IOC_MAGIC, 0x15, struct keybag_record_saved)
#define KEYBAG_IOC_BEGIN_TRY		_IOWR(KEYBAG_IOC_MAGIC, 0x16, struct keybag_try)
#define KEYBAG_IOC_CANCEL_TRY		_IOWR(KEYBAG_IOC_MAGIC, 0x17, struct keybag_try)
#define KEYBAG_IOC_UNLOCK		_IOWR(KEYBAG_IOC_MAGIC, 0x18, struct keybag_unlock)
#define KEYBAG_IOC_LOCK			_IOW(KEYBAG_IOC_MAGIC, 0x19, struct keybag_lock)
#define KEYBAG_IOC_CHANGE		_IOWR(KEYBAG_IOC_MAGIC, 0x1a, struct keybag_change)
#define KEYBAG_IOC_COMMIT		_IOW(KEYBAG_IOC_MAGIC, 0x1b, struct keybag_commit)
#define KEYBAG_IOC_ABORT		_IOW(KEYBAG_IOC_MAGIC, 0x1c, struct keybag_commit)
#define KEYBAG_IOC_RECOVER		_IOWR(KEYBAG_IOC_MAGIC, 0x1d, struct keybag_recover)
#define KEYBAG_IOC_UNLOAD		_IOW(KEYBAG_IOC_MAGIC, 0x1e, struct keybag_unload)
#define KEYBAG_IOC_EVICT		_IOW(KEYBAG_IOC_MAGIC, 0x1f, struct keybag_evict)
#define KEYBAG_IOC_LIST			_IOWR(KEYBAG_IOC_MAGIC, 0x20, struct keybag_list)
#define KEYBAG_IOC_STATUS		_IOWR(KEYBAG_IOC_MAGIC, 0x21, struct keybag_status)
#define KEYBAG_IOC_FOLLOW		_IOWR(KEYBAG_IOC_MAGIC, 0x22, struct keybag_follow)
#define KEYBAG_IOC_READ_PENDING		_IOWR(KEYBAG_IOC_MAGIC, 0x23, struct keybag_read)

#define KEYBAG_IOC_BIND			_IOWR(KEYBAG_IOC_MAGIC, 0x30, struct keybag_bind)
#define KEYBAG_IOC_RESTRICT		_IOW(KEYBAG_IOC_MAGIC, 0x31, struct keybag_restrict)
#define KEYBAG_IOC_CLONE		_IOW(KEYBAG_IOC_MAGIC, 0x32, struct keybag_clone)

#define KEYBAG_IOC_WRAP(size)		KEYBAG_IOC_SIZED(0x40, (size))
#define KEYBAG_IOC_UNWRAP(size)		KEYBAG_IOC_SIZED(0x41, (size))
#define KEYBAG_IOC_REWRAP(size)		KEYBAG_IOC_SIZED(0x42, (size))
#define KEYBAG_IOC_CHILD_CREATE(size)	KEYBAG_IOC_SIZED(0x43, (size))
#define KEYBAG_IOC_CHILD_OPEN(size)	KEYBAG_IOC_SIZED(0x44, (size))
#define KEYBAG_IOC_CHILD_CLOSE		_IO(KEYBAG_IOC_MAGIC, 0x45)
#define KEYBAG_IOC_OPERATE		_IOWR(KEYBAG_IOC_MAGIC, 0x46, struct keybag_item)
#define KEYBAG_IOC_BATCH		_IOWR(KEYBAG_IOC_MAGIC, 0x47, struct keybag_batch)

#endif
