/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/keybag: class keys whose availability follows the lock state.
 *
 * Protocol
 * --------
 * The device is one character special file, mode 0666; every command is checked by itself. It does
 * not open in a user namespace other than the initial one (EPERM).
 *
 *   anybody     KEYBAG_IOC_VERSION
 *   control     CAP_SYS_ADMIN in the initial user namespace, of the caller and of the opener:
 *               SET_DEVICE_KEY, CREATE, LOAD, READ_FORM, READ_RECORD, RECORD_SAVED, BEGIN_TRY,
 *               CANCEL_TRY, UNLOCK, LOCK, CHANGE, READ_PENDING, COMMIT, ABORT, RECOVER, UNLOAD,
 *               EVICT, LIST, FOLLOW
 *   bind        the bag's owner (by effective uid) or CAP_SYS_ADMIN; the system bag CAP_SYS_ADMIN:
 *               BIND. Not from another user namespace, through a descriptor that was passed there,
 *               either (EPERM).
 *   data        any holder of a bound descriptor, within what RESTRICT left of it:
 *               WRAP, UNWRAP, REWRAP, OPERATE, BATCH, CHILD_*, RESTRICT, CLONE, STATUS, poll(2),
 *               read(2)
 *
 * A descriptor is bound once, to one bag. It may be passed to another process and keeps its rights.
 *
 * Changes of a bag on disk are made in three steps. A command that changes the sealed form (CREATE,
 * CHANGE, RECOVER) only prepares it and returns the new form; the caller makes it durable; COMMIT
 * lets the change take effect, ABORT drops it. (The result of CREATE and RECOVER takes effect by
 * LOAD.) A bag_generation is given to one form only, also where that is dropped; a form that was
 * dropped, or is not the one of that generation that took effect, does not load until reboot.
 *
 * A secret is tried in three steps. BEGIN_TRY returns a try identifier and a record that already
 * counts the guess as failed; the caller makes the record durable; UNLOCK or CHANGE use up the try
 * and return the record that follows from the outcome. CANCEL_TRY gives a try back uncounted. The
 * try is used up before the secret is looked at: a lock that comes later keeps a right one from
 * having an effect (ECANCELED), and a wrong one counts all the same.
 *
 * Lock is synchronous: when LOCK has returned, no operation under the wiped classes is running,
 * none will succeed until the next unlock, and their keys are no longer in memory. It waits for an
 * UNLOCK or CHANGE under way to wipe what that has opened and cannot use any more. A lock that the
 * kernel makes by itself (suspend, follower, copy of a machine) wipes and does not wait for that:
 * such a command is done with it within moments.
 *
 * VERSION, LOCK and EVICT have the same number and layout in every version of this interface, so
 * that programs of one version can close what a module of another one holds; they ask for nothing
 * else then.
 *
 * Structures of fixed size are versioned by the size in the command number, those of a batch by
 * item_size, events by their own: a shorter one is extended with zeros, a longer one is accepted
 * when what this kernel does not know is zero (E2BIG otherwise). They grow at their end. What a
 * program was built with stays accepted, back to the first release, in which each had the size
 * KEYBAG_*_SIZE_VER0. Less than that is EINVAL of items, events and the fixed part of those with
 * data[]; of others what is missing is zero as well. What stands inside others (keybag_buffer,
 * _requester, _secret, _protector), and the fixed part of those with data[], stay as they are: more
 * comes in another structure, or in struct keybag_item.
 *
 * All lengths are in bytes, all times in nanoseconds, all integers in the byte order of the
 * machine. The layout is the same for 32-bit and 64-bit callers. Reserved fields and unknown flags
 * must be zero (EINVAL).
 *
 * Errors that mean the same everywhere
 * ------------------------------------
 *   E2BIG            a longer structure, or a newer list of rights, asks for what this kernel does
 *                    not know
 *   EACCES           not permitted: owner, right, class mask, domain, child key used as data
 *   EAGAIN           throttled: nothing was tried, see retry_after_ns; read(2) with O_NONBLOCK: no
 *                    event waits
 *   EBADF            REWRAP: the target is no open descriptor of this device
 *   EBADMSG          failed authentication: blob, associated data or sealed form damaged
 *   EBUSY            suspend, hibernation or restart under way, a prepared change is waiting for
 *                    COMMIT or ABORT, or another thread is using a clone for one operation
 *   ECANCELED        no such try: not begun, used up, or voided by a lock; not counted. COMMIT: a
 *                    lock took away what a new passcode brings, prepare the change again
 *   EDQUOT           a limit of this module is reached (KEYBAG_MAX_*)
 *   EEXIST           bag already loaded (LOAD, RECOVER), CREATE with a UUID seen since boot,
 *                    another device key already set, descriptor already bound
 *   EFAULT           bad address, or a page that keeps faulting while a result is written. LOAD has
 *                    loaded nothing, and CHANGE has prepared nothing; a secret has had its effect
 *   EINTR            a signal ended a wait
 *   EINVAL           malformed argument, reserved field not zero, unknown flag or class
 *   EKEYEXPIRED      wrap limit of the class reached (KEYBAG_MAX_WRAPS), or the lifetime of a clone
 *                    is over
 *   EKEYREJECTED     wrong secret (counted, unless it repeats one of the last five in 5 minutes; of
 *                    RECOVER it never counts)
 *   EKEYREVOKED      the bag behind this descriptor, or behind the key of BIND, was unloaded or
 *                    evicted; BIND that asks the helper: a keyring of the caller was revoked
 *   EMSGSIZE         the result does not fit; nothing was done
 *   ENODEV           no device key was set
 *   ENOENT           no such bag, protector, child key, class key (akpu without passcode, old
 *                    generation)
 *   ENOKEY           the class key is not available in the present lock state; child key wiped
 *   ENOMEM           no memory
 *   ENOPKG           a cipher this module needs is missing
 *   ENOTCONN         data command on a descriptor that is not bound
 *   ENOTTY           unknown command
 *   EOPNOTSUPP       lock of a bag without passcode; child keys of class B
 *   EPERM            control without CAP_SYS_ADMIN; user namespace
 *   EPROTONOSUPPORT  format newer than this kernel knows
 *   ESTALE           sealed form older than one already seen since boot, or given up; no change of
 *                    that generation waits
 *   EXDEV            sealed to another device key
 */
#ifndef _UAPI_LINUX_KEYBAG_H
#define _UAPI_LINUX_KEYBAG_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KEYBAG_DEVICE			"/dev/keybag"
#define KEYBAG_ABI_VERSION		2
#define KEYBAG_KEY_TYPE			"keybag"	/* type of handles in keyrings */

#define KEYBAG_UUID_SIZE		16
#define KEYBAG_DEVICE_KEY_SIZE		32
#define KEYBAG_DEVICE_KEY_ID_SIZE	16
#define KEYBAG_DOMAIN_SIZE		16
#define KEYBAG_SALT_SIZE		32
#define KEYBAG_PASSCODE_KEY_SIZE	32	/* output of the passcode KDF */
#define KEYBAG_MAC_SIZE			32	/* HMAC-SHA-256 of CHILD_MAC */
#define KEYBAG_BLOB_HEADER_SIZE		24
#define KEYBAG_BLOB_OVERHEAD		52	/* header, nonce (12), tag (16) */
#define KEYBAG_BLOB_OVERHEAD_B		84	/* of class B: ephemeral public half (32), too */

#define KEYBAG_MIN_SECRET		16	/* recovery code and escrow secret */
#define KEYBAG_MAX_SECRET		64
#define KEYBAG_MAX_HARDWARE_SECRET	64
#define KEYBAG_MAX_PROTECTOR_OPAQUE	1024
#define KEYBAG_MAX_PAYLOAD		4096	/* 1..4096; CHILD_MAC too */
#define KEYBAG_MAX_AAD			4096	/* 0..4096 */
#define KEYBAG_MAX_BATCH		256	/* 1..256 */
#define KEYBAG_MAX_FORM			32768	/* sealed form */
#define KEYBAG_MAX_RECORD		512	/* sealed record of guesses and wraps */
#define KEYBAG_MAX_BAGS			1024	/* loaded at a time */
#define KEYBAG_MAX_FLOORS		4096	/* bags remembered after unload, until reboot */
#define KEYBAG_MAX_CHILDREN		256	/* open child keys a descriptor */
#define KEYBAG_MAX_BAG_CHILDREN		4096	/* open child keys a bag, of its owner */
/*
 * Wraps of a class key. Descriptors bound without CAP_SYS_ADMIN, and their clones, stop when the
 * first number is used up: what is left is for the services of the system.
 */
#define KEYBAG_MAX_OWNER_WRAPS		(1ULL << 31)
#define KEYBAG_MAX_WRAPS		(1ULL << 32)

/* Class numbers; they are part of every blob and every sealed form. */
#define KEYBAG_CLASS_A			1	/* file: complete */
#define KEYBAG_CLASS_B			2	/* file: unless open: seals always, opens as A */
#define KEYBAG_CLASS_C			3	/* file: until first unlock */
#define KEYBAG_CLASS_D			4	/* file: none */
#define KEYBAG_CLASS_AK			6	/* when unlocked */
#define KEYBAG_CLASS_CK			7	/* after first unlock */
#define KEYBAG_CLASS_DK			8	/* always */
#define KEYBAG_CLASS_AKU		9	/* when unlocked, this device only */
#define KEYBAG_CLASS_CKU		10	/* after first unlock, this device only */
#define KEYBAG_CLASS_DKU		11	/* always, this device only */
#define KEYBAG_CLASS_AKPU		12	/* when passcode set, this device only */
#define KEYBAG_CLASS_BIT(class)		(1U << (class))

enum keybag_type {
	KEYBAG_TYPE_USER		= 1,
	KEYBAG_TYPE_SYSTEM		= 2,	/* never locks, owner is KEYBAG_UID_NONE */
};

#define KEYBAG_UID_NONE			0xffffffffU

enum keybag_state {
	KEYBAG_STATE_BEFORE_FIRST_UNLOCK = 0,
	KEYBAG_STATE_LOCKED		= 1,	/* after first unlock */
	KEYBAG_STATE_UNLOCKED		= 2,
	KEYBAG_STATE_GONE		= 3,	/* unloaded or evicted; only in events */
};

/* Why the state is what it is. LOCK takes those marked (L), UNLOCK those marked (U). */
enum keybag_reason {
	KEYBAG_REASON_LOAD		= 1,	/* loaded; no passcode: unlocked at once */
	KEYBAG_REASON_REQUEST		= 2,	/* L U asked for by name */
	KEYBAG_REASON_LOGIN		= 3,	/* U */
	KEYBAG_REASON_SCREEN		= 4,	/* L U screen locker, session lock signal */
	KEYBAG_REASON_LOGOUT		= 5,	/* L */
	KEYBAG_REASON_IDLE		= 6,	/* L */
	KEYBAG_REASON_SUSPEND		= 7,	/* L */
	KEYBAG_REASON_HIBERNATE		= 8,
	KEYBAG_REASON_REBOOT		= 9,	/* restart, power off, kexec */
	KEYBAG_REASON_VM_FORK		= 10,
	KEYBAG_REASON_PASSCODE		= 11,	/* passcode set, changed or removed */
	KEYBAG_REASON_EVICT		= 12,
	KEYBAG_REASON_UNLOAD		= 13,
	KEYBAG_REASON_RECOVERY		= 14,	/* U */
	KEYBAG_REASON_FOLLOWER		= 15,	/* the follower is gone: see KEYBAG_IOC_FOLLOW */
};

enum keybag_protector_kind {
	KEYBAG_PROTECTOR_PASSCODE	= 1,
	KEYBAG_PROTECTOR_RECOVERY	= 2,
	KEYBAG_PROTECTOR_ESCROW		= 3,
	KEYBAG_PROTECTOR_NONE		= 4,
};

/**
 * struct keybag_version - result of KEYBAG_IOC_VERSION
 * @abi: KEYBAG_ABI_VERSION of the loaded module
 * @form_version: newest sealed form it reads, and the one it writes
 * @blob_version: the same of wrapped blobs
 * @flags: KEYBAG_VERSION_*
 * @device_key_id: identifier of the device key; zero when none is set, and for a caller without
 *                 CAP_SYS_ADMIN, as it would tell one machine from another
 * @module: version of the module, NUL-terminated
 * @aead_driver: driver of gcm(aes) in use, or "aes-gcm-lib" for the kernel's library
 * @mac_driver: driver of cbc(aes) in use, by which the CMAC that makes nonces is computed, or
 *              "aes-cmac-lib" for the kernel's library
 */
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
#define KEYBAG_VERSION_DEVICE_KEY	(1U << 0)	/* a device key is set */
#define KEYBAG_VERSION_SUSPENDING	(1U << 1)	/* between suspend-prepare and resume */
#define KEYBAG_VERSION_FOLLOWED		(1U << 2)	/* there is a follower: FOLLOW */
#define KEYBAG_VERSION_FOLLOWER_LOST	(1U << 3)	/* there was; closed or overdue */
#define KEYBAG_VERSION_UNLESS_OPEN	(1U << 4)	/* class B wraps, unwraps and rewraps */
#define KEYBAG_VERSION_HARDWARE		(1U << 5)	/* forms say that a passcode wants S */

/**
 * struct keybag_device_key - KEYBAG_IOC_SET_DEVICE_KEY
 * @key: address of KEYBAG_DEVICE_KEY_SIZE random bytes, or 0 when @serial names the key
 * @serial: serial of a key of type "trusted" with a payload of that size, or 0
 * @reserved: 0
 * @device_key_id: out: its identifier
 *
 * EEXIST when another key is set already; the same one again succeeds. EVICT clears it. EBUSY from
 * hibernation-prepare until the machine runs on, and once a restart has begun.
 */
struct keybag_device_key {
	__aligned_u64 key;
	__s32 serial;
	__u32 reserved;
	__u8 device_key_id[KEYBAG_DEVICE_KEY_ID_SIZE];
};

#define KEYBAG_DEVICE_KEY_SIZE_VER0	32

/* Where a command writes a result of variable length. @length is 0 where nothing was written. */
struct keybag_buffer {
	__aligned_u64 address;
	__u32 capacity;
	__u32 length;		/* out */
};

/* The process that asked, as the helper knows it; for status, events and audit records. */
struct keybag_requester {
	__u32 uid;
	__u32 pid;
};

/**
 * struct keybag_secret - a secret that opens a protector
 * @secret: address of the passcode key (KEYBAG_PASSCODE_KEY_SIZE, the output of Argon2id), of a
 *          recovery code or an escrow secret (KEYBAG_MIN_SECRET..KEYBAG_MAX_SECRET)
 * @hardware: address of the secret a TPM released for this try (S), or 0
 * @secret_length: 0 for KEYBAG_PROTECTOR_NONE
 * @hardware_length: 0..KEYBAG_MAX_HARDWARE_SECRET; passcode only. A passcode that is set with S
 *                   says so in the form, which modules without KEYBAG_VERSION_HARDWARE do not load
 *                   (they do not write that, either); without S it is then not tried (EINVAL)
 * @kind: enum keybag_protector_kind
 * @id: identifier of the protector; 0: the only one of that kind
 */
struct keybag_secret {
	__aligned_u64 secret;
	__aligned_u64 hardware;
	__u32 secret_length;
	__u32 hardware_length;
	__u32 kind;
	__u32 id;
};

/**
 * struct keybag_protector - the public half of a protector that is being made
 * @kdf_memory_kib: Argon2id memory; 64..262144 for a passcode, else 0
 * @kdf_passes: Argon2id passes; 1..100 for a passcode, else 0
 * @kdf_lanes: Argon2id lanes; 1..4 for a passcode, else 0
 * @opaque_length: 0..KEYBAG_MAX_PROTECTOR_OPAQUE
 * @opaque: address of bytes kept and authenticated with the protector, for the helper's own use
 * @salt: random; salt of Argon2id and of HKDF
 */
struct keybag_protector {
	__u32 kdf_memory_kib;
	__u32 kdf_passes;
	__u32 kdf_lanes;
	__u32 opaque_length;
	__aligned_u64 opaque;
	__u8 salt[KEYBAG_SALT_SIZE];
};

/**
 * struct keybag_create - KEYBAG_IOC_CREATE: make a bag, prepared only
 * @type: enum keybag_type; a system bag has the protector NONE
 * @owner: uid of the owner in the initial user namespace; KEYBAG_UID_NONE for a system bag
 * @uuid: zero: the kernel makes one; out: the identifier
 * @protector: public half of the first protector
 * @secret: its secret; kind PASSCODE or NONE
 * @form: out: sealed form
 * @record: out: sealed record
 */
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

/**
 * struct keybag_load - KEYBAG_IOC_LOAD: take a sealed form into the registry
 * @form: address of the sealed form
 * @record: addresses of up to two sealed records (both slots); the newest authentic one counts
 * @form_length: ..KEYBAG_MAX_FORM
 * @record_length: of each, 0: no such slot
 * @flags: out: KEYBAG_LOADED_*
 * @uuid: out
 * @new_record: out: record to make durable
 *
 * Without an authentic record the last delay of the guess table is imposed once.
 */
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
#define KEYBAG_LOADED_RECORD_MISSING	(1U << 0)	/* no record was given */
#define KEYBAG_LOADED_RECORD_DAMAGED	(1U << 1)	/* a record is not authentic */

/**
 * struct keybag_read - KEYBAG_IOC_READ_FORM, KEYBAG_IOC_READ_PENDING, KEYBAG_IOC_READ_RECORD
 * @uuid: the bag
 * @sequence: out: bag_generation of the form, or sequence of the record (for RECORD_SAVED)
 * @buffer: out: sealed form (the one in effect; PENDING: the prepared one, ESTALE where none
 *          waits), or sealed record
 */
struct keybag_read {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__aligned_u64 sequence;
	struct keybag_buffer buffer;
};

#define KEYBAG_READ_SIZE_VER0		40

/**
 * struct keybag_record_saved - KEYBAG_IOC_RECORD_SAVED: the record with this sequence is durable
 * @uuid: the bag
 * @sequence: as returned by READ_RECORD; ends POLLPRI when nothing newer waits
 */
struct keybag_record_saved {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__aligned_u64 sequence;
};

#define KEYBAG_RECORD_SAVED_SIZE_VER0	24

/**
 * struct keybag_try - KEYBAG_IOC_BEGIN_TRY, KEYBAG_IOC_CANCEL_TRY
 * @uuid: the bag
 * @try_id: BEGIN_TRY out, CANCEL_TRY in; a second BEGIN_TRY voids the first
 * @retry_after_ns: out, with EAGAIN too: how long to wait (boot clock)
 * @failures: out: failures that count so far
 * @reserved: 0
 * @record: out: sealed record to make durable; BEGIN_TRY: one that counts this try as failed
 */
struct keybag_try {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__aligned_u64 try_id;
	__aligned_u64 retry_after_ns;
	__u32 failures;
	__u32 reserved;
	struct keybag_buffer record;
};

#define KEYBAG_TRY_SIZE_VER0		56

/**
 * struct keybag_unlock - KEYBAG_IOC_UNLOCK
 * @uuid: the bag
 * @try_id: from BEGIN_TRY
 * @secret: what opens a protector
 * @flags: KEYBAG_UNLOCK_*
 * @reason: enum keybag_reason
 * @requester: who asked
 * @retry_after_ns: out, with EKEYREJECTED too: delay before the next try
 * @failures: out, with EKEYREJECTED too
 * @state: out: enum keybag_state
 * @record: out, with EKEYREJECTED too: sealed record to make durable
 */
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
#define KEYBAG_UNLOCK_FIRST_ONLY	(1U << 0)	/* before first unlock -> locked only */
#define KEYBAG_UNLOCK_CHECK		(1U << 1)	/* counted, but opens nothing */

/**
 * struct keybag_lock - KEYBAG_IOC_LOCK
 * @uuid: the bag; zero with KEYBAG_LOCK_ALL
 * @flags: KEYBAG_LOCK_*
 * @reason: enum keybag_reason
 * @requester: who asked
 *
 * EOPNOTSUPP for a bag without passcode and for a system bag; KEYBAG_LOCK_ALL passes over them.
 */
struct keybag_lock {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__u32 flags;
	__u32 reason;
	struct keybag_requester requester;
};

#define KEYBAG_LOCK_SIZE_VER0		32
#define KEYBAG_LOCK_FULL		(1U << 0)	/* to before first unlock */
#define KEYBAG_LOCK_ALL			(1U << 1)	/* every bag that can lock */

enum keybag_action {
	KEYBAG_ACTION_SET_PASSCODE	= 1,	/* set, or replace passcode or NONE */
	KEYBAG_ACTION_REMOVE_PASSCODE	= 2,	/* passcode becomes NONE; akpu is destroyed */
	KEYBAG_ACTION_ADD_PROTECTOR	= 3,	/* recovery code or escrow secret */
	KEYBAG_ACTION_REVOKE_PROTECTOR	= 4,	/* recovery or escrow; makes a new K_bag */
	KEYBAG_ACTION_RECOVERY_CONFIRMED = 5,	/* the user has kept the recovery code */
	KEYBAG_ACTION_RECOVERY_REFUSED	= 6,	/* the user wants none */
	KEYBAG_ACTION_LOGIN_VERIFIED	= 7,	/* the passcode is the login password */
	KEYBAG_ACTION_RENEW_PROTECTOR	= 8,	/* another secret in the place of @authority */
};

/**
 * struct keybag_change - KEYBAG_IOC_CHANGE: prepare a change of protectors
 * @uuid: the bag
 * @try_id: from BEGIN_TRY; 0 when @authority is NONE
 * @authority: a secret that opens the bag now
 * @action: enum keybag_action
 * @target: identifier of the protector to revoke; ADD_PROTECTOR: of the one to revoke in the same
 *          step, 0: none. @authority has to be the passcode then, or NONE where there is none
 * @protector: public half of the new protector (SET_PASSCODE, ADD_PROTECTOR, RENEW_PROTECTOR,
 *             REMOVE_PASSCODE: salt)
 * @secret: its secret and kind
 * @generation: out: bag_generation, for COMMIT
 * @retry_after_ns: out, with EKEYREJECTED too
 * @failures: out, with EKEYREJECTED too
 * @target_id: out: identifier of the new protector
 * @form: out: sealed form to make durable
 * @record: out, with EKEYREJECTED too: sealed record to make durable
 *
 * LOGIN_VERIFIED takes the passcode as authority and is noted in the form, for that passcode. A new
 * one inherits it where the old one is the authority, and else has to be verified again.
 *
 * RENEW_PROTECTOR takes a recovery code or escrow secret as authority, and puts another one of its
 * kind into its place: who was told the secret for one use has none any more. It keeps K_bag, as a
 * change of passcode does, and with it all other protectors.
 *
 * A new K_bag is made where the old one may be known: replacing NONE, and revoking. Protectors
 * whose secret is not part of this call cannot follow it and are dropped: issue new ones
 * afterwards.
 */
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

/**
 * struct keybag_commit - KEYBAG_IOC_COMMIT, KEYBAG_IOC_ABORT
 * @uuid: the bag
 * @generation: of the prepared form; anything else is ESTALE
 * @requester: who asked
 */
struct keybag_commit {
	__u8 uuid[KEYBAG_UUID_SIZE];
	__aligned_u64 generation;
	struct keybag_requester requester;
};

#define KEYBAG_COMMIT_SIZE_VER0		32

/**
 * struct keybag_recover - KEYBAG_IOC_RECOVER: reseal a bag of another device to this one
 * @form: address of the sealed form
 * @form_length: ..KEYBAG_MAX_FORM
 * @reserved: 0
 * @authority: recovery code or escrow secret
 * @protector: public half of the new first protector
 * @secret: its secret; kind PASSCODE or NONE
 * @uuid: out
 * @new_form: out: sealed form; this-device-only class keys are new, the old ones are lost
 * @new_record: out: sealed record
 *
 * While a bag with that UUID is loaded the answer is EEXIST. Where it fails, what an earlier
 * RECOVER returned still loads; EMSGSIZE: nothing was done.
 */
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

/**
 * struct keybag_unload - KEYBAG_IOC_UNLOAD
 * @uuid: the bag
 * @requester: who asked
 *
 * Waits for operations in flight, wipes every class key; descriptors answer EKEYREVOKED from then
 * on. Guess state and the bag_generation floor are remembered until reboot: the module cannot be
 * removed meanwhile, unless its parameter "removable" says that it may forget them.
 */
struct keybag_unload {
	__u8 uuid[KEYBAG_UUID_SIZE];
	struct keybag_requester requester;
};

#define KEYBAG_UNLOAD_SIZE_VER0		24

/**
 * struct keybag_evict - KEYBAG_IOC_EVICT: unload every bag and wipe what came from the device key
 * @reason: enum keybag_reason: EVICT
 * @reserved: 0
 * @requester: who asked
 */
struct keybag_evict {
	__u32 reason;
	__u32 reserved;
	struct keybag_requester requester;
};

#define KEYBAG_EVICT_SIZE_VER0		16

/**
 * struct keybag_list - KEYBAG_IOC_LIST
 * @uuids: address of @capacity times KEYBAG_UUID_SIZE bytes
 * @capacity: in UUIDs
 * @count: out: loaded bags, even where that is more than @capacity
 */
struct keybag_list {
	__aligned_u64 uuids;
	__u32 capacity;
	__u32 count;
};

#define KEYBAG_LIST_SIZE_VER0		16

/**
 * struct keybag_follow - KEYBAG_IOC_FOLLOW: this open file is the follower, or still is
 * @flags: KEYBAG_FOLLOW_*
 * @reserved: 0
 * @timeout_ns: out: KEYBAG_FOLLOW_TIMEOUT_NS of this kernel; renew in a third of that
 *
 * The follower is the program that locks keybags when their users leave. When
 * KEYBAG_FOLLOW_TIMEOUT_NS have gone by since it called this last, everything that can lock is
 * locked, with KEYBAG_REASON_FOLLOWER: whether it still has the file open or not, so that one that
 * crashed has that time to start again. The clock is CLOCK_MONOTONIC, which stands still in suspend
 * (suspend locks by itself).
 *
 * There is one follower. The same command on another open file puts that in its place, and what
 * becomes of the former one then means nothing. As long as none was registered nothing is locked.
 * After one was lost, whatever is unlocked is locked KEYBAG_FOLLOW_TIMEOUT_NS later, until a new
 * one is registered. ENOENT: to end, and this file is not the follower.
 */
struct keybag_follow {
	__u32 flags;
	__u32 reserved;
	__aligned_u64 timeout_ns;
};

#define KEYBAG_FOLLOW_SIZE_VER0		16
#define KEYBAG_FOLLOW_END		(1U << 0)	/* lock all now, and wait for none */
#define KEYBAG_FOLLOW_TIMEOUT_NS	30000000000ULL

/**
 * struct keybag_status - KEYBAG_IOC_STATUS
 * @uuid: in: the bag (control), or zero for the bound one; out: the bag
 * @owner: uid, KEYBAG_UID_NONE for a system bag
 * @type: enum keybag_type
 * @state: enum keybag_state
 * @reason: enum keybag_reason of the last change of state
 * @state_seq: counts changes of state since load
 * @state_time_ns: CLOCK_REALTIME of the last one
 * @requester: of the last one
 * @bag_generation: of the form in effect
 * @retry_after_ns: delay before the next try, 0: none
 * @failures: wrong secrets that count
 * @flags: KEYBAG_STATUS_*
 * @classes_present: KEYBAG_CLASS_BIT() of the class keys in the bag
 * @classes_available: KEYBAG_CLASS_BIT() of those that can be used now; of B, that can open
 * @rights: KEYBAG_RIGHT_* of this descriptor, 0 where @uuid was given
 * @classes: class mask of this descriptor, 0 where @uuid was given
 * @domain: domain of this descriptor
 */
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
#define KEYBAG_STATUS_PASSCODE		(1U << 0)	/* has a passcode */
#define KEYBAG_STATUS_PENDING		(1U << 1)	/* a prepared change waits */
#define KEYBAG_STATUS_RECOVERY		(1U << 2)	/* has a recovery code */
#define KEYBAG_STATUS_RECOVERY_CONFIRMED (1U << 3)
#define KEYBAG_STATUS_RECOVERY_REFUSED	(1U << 4)
#define KEYBAG_STATUS_RECORD_DIRTY	(1U << 5)	/* READ_RECORD has something new to save */
#define KEYBAG_STATUS_ESCROW		(1U << 6)	/* has an escrow secret */
#define KEYBAG_STATUS_FAILURES_ASSUMED	(1U << 7)	/* no authentic record: not all were seen */
#define KEYBAG_STATUS_LOGIN_VERIFIED	(1U << 8)	/* a login verified the passcode */
#define KEYBAG_STATUS_HARDWARE		(1U << 9)	/* the passcode wants S */

enum keybag_event_type {
	KEYBAG_EVENT_STATE		= 1,
};

/**
 * struct keybag_event - what read(2) returns of a bound descriptor, one or more
 * @size: of this event: where the next one begins. A kernel that knows more fields writes longer
 *        ones; at least KEYBAG_EVENT_SIZE_VER0, which is also the least room for a read(2), and
 *        what is written of a longer one that is alone in a buffer without room for all of it
 * @type: enum keybag_event_type; skip what is unknown
 * @state_seq: number of this change of state; a gap means that older ones were overwritten
 * @time_ns: CLOCK_REALTIME
 * @state: enum keybag_state
 * @reason: enum keybag_reason
 * @requester: who asked
 *
 * Takes KEYBAG_RIGHT_WATCH. A new descriptor first reads the state at bind. poll(2): POLLIN an
 * event waits; POLLPRI the record of guesses and wraps has to be saved (descriptors bound with
 * CAP_SYS_ADMIN); POLLHUP the bag is gone; POLLERR not bound, may not watch, or a clone that is
 * over. An epoll instance may have had the descriptor since before BIND.
 */
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
	KEYBAG_BIND_SERIAL		= 1,	/* a key of type "keybag" the caller may search */
	KEYBAG_BIND_UID			= 2,	/* asks the helper to load it if need be */
	KEYBAG_BIND_UUID		= 3,
	KEYBAG_BIND_SYSTEM		= 4,	/* asks the helper like UID */
};

/**
 * struct keybag_bind - KEYBAG_IOC_BIND
 * @by: enum keybag_bind_by
 * @serial: KEYBAG_BIND_SERIAL, else 0
 * @uid: KEYBAG_BIND_UID, else 0
 * @flags: KEYBAG_BIND_*
 * @uuid: KEYBAG_BIND_UUID, else zero; out: the bag
 */
struct keybag_bind {
	__u32 by;
	__s32 serial;
	__u32 uid;
	__u32 flags;
	__u8 uuid[KEYBAG_UUID_SIZE];
};

#define KEYBAG_BIND_SIZE_VER0		32
#define KEYBAG_BIND_NO_UPCALL		(1U << 0)	/* ENOENT rather than ask the helper */

/*
 * Rights. Giving up, and asking which there are, takes none: RESTRICT, CHILD_CLOSE, VERSION.
 *
 * A right that is added later is of one of two kinds. One for a new command is no part of what
 * older programs keep, and is given up with the first RESTRICT of theirs. One that is split off an
 * older right, or guards what took none, is kept by RESTRICT for a program whose @known does not
 * have it and that keeps the older one, or had it for free: nothing is taken from a program that
 * was built before. A bit never changes its meaning, and none is used again.
 */
#define KEYBAG_RIGHT_WRAP		(1U << 0)
#define KEYBAG_RIGHT_UNWRAP		(1U << 1)
#define KEYBAG_RIGHT_REWRAP		(1U << 2)	/* of source and target descriptor */
#define KEYBAG_RIGHT_CHILD_CREATE	(1U << 3)
#define KEYBAG_RIGHT_CHILD_OPEN		(1U << 4)
#define KEYBAG_RIGHT_CHILD_ENCRYPT	(1U << 5)
#define KEYBAG_RIGHT_CHILD_DECRYPT	(1U << 6)
#define KEYBAG_RIGHT_CHILD_MAC		(1U << 7)
#define KEYBAG_RIGHT_CLONE		(1U << 8)
#define KEYBAG_RIGHT_WATCH		(1U << 9)	/* STATUS, read(2), poll(2) */
#define KEYBAG_RIGHT_ALL		0x3ffU
#define KEYBAG_CLASSES_ALL		0x1fdeU

/**
 * struct keybag_restrict - KEYBAG_IOC_RESTRICT: give up rights, for good
 * @rights: KEYBAG_RIGHT_* to keep, of @known (EINVAL); what is not held already stays away
 * @classes: KEYBAG_CLASS_BIT() to keep
 * @flags: KEYBAG_RESTRICT_*
 * @known: KEYBAG_RIGHT_ALL, as the caller was built with; E2BIG where one that it wants to give up
 *         is unknown to this kernel, and so cannot be
 * @domain: with SET_DOMAIN: from now on blobs carry this domain and only such are opened; once
 *          (EACCES after that); a first byte >= 0x80 needs CAP_SYS_ADMIN (EPERM); not zero (EINVAL)
 */
struct keybag_restrict {
	__u32 rights;
	__u32 classes;
	__u32 flags;
	__u32 known;
	__u8 domain[KEYBAG_DOMAIN_SIZE];
};

#define KEYBAG_RESTRICT_SIZE_VER0	32
#define KEYBAG_RESTRICT_SET_DOMAIN	(1U << 0)

/**
 * struct keybag_clone - KEYBAG_IOC_CLONE: a fresh descriptor with what this one may do
 * @flags: KEYBAG_CLONE_*; returns the descriptor, close-on-exec. An operation of KEYBAG_CLONE_ONCE
 *	that fails leaves it as it was, but for EFAULT after something was sealed or delivered
 * @reserved: 0
 * @lifetime_ns: boot clock; 0: no end, only with KEYBAG_CLONE_ONCE
 */
struct keybag_clone {
	__u32 flags;
	__u32 reserved;
	__aligned_u64 lifetime_ns;
};

#define KEYBAG_CLONE_SIZE_VER0		16
#define KEYBAG_CLONE_ONCE		(1U << 0)	/* one data operation, then EKEYEXPIRED */

/*
 * Data. The size in the command number is the size of the fixed part plus data[]; no padding.
 * These return the length of the result.
 */

/**
 * struct keybag_wrap - KEYBAG_IOC_WRAP(size): seal a secret under a class key
 * @class_number: KEYBAG_CLASS_*
 * @flags: KEYBAG_WRAP_*
 * @plaintext_length: 1..KEYBAG_MAX_PAYLOAD
 * @aad_length: 0..KEYBAG_MAX_AAD
 * @blob_capacity: at least @plaintext_length + KEYBAG_BLOB_OVERHEAD, of class B
 *                 + KEYBAG_BLOB_OVERHEAD_B (EMSGSIZE)
 * @reserved: 0
 * @plaintext: address of the secret; with GENERATE where to write it, 0: nowhere
 * @blob: address to write the blob to
 * @data: associated data
 */
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
#define KEYBAG_WRAP_GENERATE		(1U << 0)	/* the secret is made here, at random */

/**
 * struct keybag_unwrap - KEYBAG_IOC_UNWRAP(size): open a blob
 * @blob_length: KEYBAG_BLOB_OVERHEAD + 1..KEYBAG_MAX_PAYLOAD, of class B
 *               KEYBAG_BLOB_OVERHEAD_B + 1..KEYBAG_MAX_PAYLOAD
 * @aad_length: 0..KEYBAG_MAX_AAD
 * @plaintext_capacity: at least @blob_length - KEYBAG_BLOB_OVERHEAD, of class B
 *                      - KEYBAG_BLOB_OVERHEAD_B (EMSGSIZE)
 * @flags: 0
 * @plaintext: address of the final place of the secret
 * @data: blob, then associated data
 */
struct keybag_unwrap {
	__u32 blob_length;
	__u32 aad_length;
	__u32 plaintext_capacity;
	__u32 flags;
	__aligned_u64 plaintext;
	__u8 data[];
};

#define KEYBAG_UNWRAP_SIZE_VER0		24

/**
 * struct keybag_rewrap - KEYBAG_IOC_REWRAP(size): open and seal again, inside the kernel
 * @class_number: KEYBAG_CLASS_* of the new blob
 * @flags: 0
 * @target: descriptor bound to the bag of the new blob, -1: this one
 * @blob_length: of the old blob
 * @aad_length: of the old associated data
 * @new_aad_length: of the new associated data
 * @new_blob_capacity: at least what WRAP of the content wants under @class_number (EMSGSIZE)
 * @reserved: 0
 * @new_blob: address to write the new blob to
 * @data: old blob, old associated data, new associated data
 *
 * A wrapped child key stays one, and does not go to class B (EOPNOTSUPP).
 */
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

/**
 * struct keybag_child_create - KEYBAG_IOC_CHILD_CREATE(size): make a child key, wrapped
 * @class_number: KEYBAG_CLASS_*, but B (EOPNOTSUPP)
 * @flags: 0
 * @aad_length: 0..KEYBAG_MAX_AAD
 * @blob_capacity: at least 32 + KEYBAG_BLOB_OVERHEAD (EMSGSIZE)
 * @blob: address to write the wrapped child key to
 * @data: associated data
 */
struct keybag_child_create {
	__u32 class_number;
	__u32 flags;
	__u32 aad_length;
	__u32 blob_capacity;
	__aligned_u64 blob;
	__u8 data[];
};

#define KEYBAG_CHILD_CREATE_SIZE_VER0	24

/**
 * struct keybag_child_open - KEYBAG_IOC_CHILD_OPEN(size): unwrap a child key into the kernel
 * @blob_length: of the wrapped child key
 * @aad_length: 0..KEYBAG_MAX_AAD
 * @flags: 0
 * @reserved: 0
 * @data: wrapped child key, then associated data
 *
 * Returns a number > 0 that names the child key on this descriptor until CHILD_CLOSE or close(2).
 * It is wiped with its class; the number then answers ENOKEY for good.
 */
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
	KEYBAG_OP_CHILD_ENCRYPT		= 4,	/* plaintext to blob, under a child key */
	KEYBAG_OP_CHILD_DECRYPT		= 5,
	KEYBAG_OP_CHILD_MAC		= 6,	/* HMAC-SHA-256; associated data is not used */
};

/**
 * struct keybag_item - one operation: of KEYBAG_IOC_BATCH, or alone by KEYBAG_IOC_OPERATE
 * @operation: enum keybag_operation
 * @result: out: length of the result, or a negative errno
 * @class_number: KEYBAG_CLASS_* (WRAP, REWRAP), else 0
 * @child: number from CHILD_OPEN (CHILD_*), else 0
 * @flags: KEYBAG_WRAP_*
 * @target: REWRAP: as in struct keybag_rewrap, else 0
 * @input_length: plaintext or blob
 * @aad_length: associated data
 * @new_aad_length: REWRAP, else 0
 * @output_capacity: bytes at @output
 * @input: address; WRAP with GENERATE: where the secret is written, 0: nowhere
 * @aad: address
 * @new_aad: address
 * @output: address
 */
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

/**
 * struct keybag_batch - KEYBAG_IOC_BATCH: up to KEYBAG_MAX_BATCH operations
 * @items: address of @count struct keybag_item
 * @count: 1..KEYBAG_MAX_BATCH
 * @item_size: sizeof(struct keybag_item) of the caller, at least KEYBAG_ITEM_SIZE_VER0
 *
 * Each item succeeds or fails by itself, in the order of the array. Returns how many succeeded.
 * Where an item cannot be read or its result not written, the batch ends before it: EFAULT if it is
 * the first one, else how many of those before it succeeded. Those not reached keep the @result
 * they came with, so set that to an error of your own.
 */
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
#define KEYBAG_IOC_CHILD_CLOSE		_IO(KEYBAG_IOC_MAGIC, 0x45)	/* argument: the number */
#define KEYBAG_IOC_OPERATE		_IOWR(KEYBAG_IOC_MAGIC, 0x46, struct keybag_item)
#define KEYBAG_IOC_BATCH		_IOWR(KEYBAG_IOC_MAGIC, 0x47, struct keybag_batch)

#endif /* _UAPI_LINUX_KEYBAG_H */
