/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libkeybag: class keys whose availability follows the lock state, for programs.
 *
 * Two independent halves:
 *
 *   keybag_...          data: straight to /dev/keybag, no daemon needed. A handle is a file descriptor.
 *   keybag_client_...   control: requests to keybagd. A handle is a struct keybag_client.
 *   keybag_watch_...    changes of state, told by keybagd. A handle is a struct keybag_watch.
 *
 * Conventions
 * -----------
 * - Failure is a negative errno with the meaning below; success is 0 or a length or a count.
 * - Outputs are called ret_... and are written only on success, unless said otherwise.
 * - Structures of <linux/keybag.h> may grow at their end. A function that writes one, or takes an array of them, is inline
 *   here and tells the library, as ..._sized(), how long the program's is: what this does not know of is zero.
 *   struct keybag_info may grow as well, which the library allocates; the others of this header do not.
 * - Lengths are in bytes, times in nanoseconds, UUIDs are 16 bytes in the order of their text form.
 * - uint8_t arrays in prototypes state the size the caller provides.
 * - Thread safety: data functions may be called by any number of threads, on one descriptor too. A
 *   client or watch belongs to one thread at a time; different handles are independent.
 * - After fork(2) the child must not use a client or watch of its parent other than to free it, also where it has closed
 *   all descriptors before.
 * - pthread_cancel(3) takes effect after a request, not within: nothing that was to be wiped is left. Only the wait of
 *   keybag_watch_next() and the read(2) of keybag_read_events() end at once.
 * - No function prints, installs signal handlers, raises SIGPIPE or changes global state.
 * - Secrets: the kernel reads them from and writes them to the caller's own buffer; nothing is copied
 *   in between. Take that buffer from keybag_memory_new(). Passcodes for keybagd are put into a
 *   locked memory file that both sides zero, never on a socket.
 *
 * Errors, the same everywhere
 * ---------------------------
 *   EACCES           not yours, or this descriptor was restricted: class, right, domain
 *   EAGAIN           throttled: nothing was tried, see retry_after_ns
 *   EALREADY         unlock, ticket: open already, or without a passcode; nothing was tried
 *   EBADMSG          blob, associated data or keybag damaged, or not sealed by this keybag
 *   EBUSY            suspend in progress
 *   ECANCELED        a lock or a newer try voided this one; nothing was counted
 *   ECONNREFUSED     keybagd does not run (client, watch)
 *   ECONNRESET       keybagd went away in a request that is not safe to repeat, or its answer could not be taken over:
 *                    ask for the status
 *   EDQUOT           too many connections, requests, keybags or children of this user
 *   EEXIST           there is one already: keybag of that user, passcode, recovery code
 *   EFBIG            RLIMIT_FSIZE of this process is too small for a request
 *   EHOSTDOWN        start limit of the client reached: keybagd has not taken the request
 *   EINTR            keybag_read_events(): a signal came first
 *   EINVAL           malformed argument or request
 *   EKEYEXPIRED      wrap limit of a class, lifetime of a clone, or a ticket that is too old
 *   EKEYREJECTED     wrong passcode or recovery code (counted; see failures and retry_after_ns)
 *   EKEYREVOKED      the keybag behind this descriptor was unloaded; client: passcode disabled
 *   EMEDIUMTYPE      the device key is not used (owner, mode, length), or the kernel has another one: it has to be mended
 *   EMFILE ENFILE    this process, or the machine, has too many files open
 *   EMSGSIZE         buffer too small; nothing was done
 *   ENODEV           no device key, which may pass: a credential that was not given, a TPM or a disk that is away. See the
 *                    message of the client, or the journal of keybagd
 *   ENOENT           no such keybag, class key, recovery code or ticket
 *   ENOKEY           class key not available in the present lock state
 *   ENOMEM           no memory, or RLIMIT_MEMLOCK too small for a secret
 *   ENOSPC EROFS EIO EDQUOT   could not be saved; nothing was changed
 *   ENOTTY           not a descriptor of /dev/keybag, or a kernel module that is too old
 *   ENOTUNIQ         more than one keybag of that user on disk
 *   ENXIO            kernel module not loaded: no /dev/keybag; client: or one of another interface version
 *   EOPNOTSUPP       lock of a keybag without passcode; child keys of class B
 *   EOWNERDEAD       keybag of an account that was deleted or renamed since
 *   EPERM            needs root; called from a user namespace; or the socket of keybagd is not root's, or may not be
 *                    connected to, as a security module has it
 *   EPROTO           keybagd answered what this library does not understand
 *   EPROTONOSUPPORT  format newer than this kernel module knows
 *   ESRCH            no such process (keybag_client_program)
 *   ESTALE           older than a keybag already seen since boot
 *   ETIMEDOUT        total time limit of the client reached
 *   EXDEV            sealed to another device key
 */
#ifndef LIBKEYBAG_KEYBAG_H
#define LIBKEYBAG_KEYBAG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* C++ has no arrays of any length at the end of a structure, which the compilers know all the same. */
#ifdef __cplusplus
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <linux/keybag.h>
#pragma GCC diagnostic pop
extern "C" {
#else
#include <linux/keybag.h>
#endif

#define KEYBAG_MAX_PASSCODE		1024
#define KEYBAG_MAX_BLOB			(KEYBAG_MAX_PAYLOAD + KEYBAG_BLOB_OVERHEAD_B)
#define KEYBAG_UUID_TEXT_SIZE		37	/* with the terminating NUL */
#define KEYBAG_RECOVERY_CODE_SIZE	48	/* text of a recovery code, with the terminating NUL */

/* ---- Names ------------------------------------------------------------------------------------ */

/* "ak", "cku", "A"; NULL for a number that is not a class. */
const char *keybag_class_name(uint32_t class_number);

/* Number of the class with that name (case matters), or -EINVAL. */
int keybag_class_by_name(const char *name);

/* "before first unlock", "locked", "unlocked", "gone"; "unknown" for anything else. */
const char *keybag_state_name(uint32_t state);

/* "load", "login", "screen"...: the words of enum keybag_reason; "unknown" for anything else. */
const char *keybag_reason_name(uint32_t reason);

/* Number of the reason with that name, or -EINVAL. */
int keybag_reason_by_name(const char *name);

/* Meaning of an error of this library and what to do, one sentence. Never NULL. @error: either sign. */
const char *keybag_error_text(int error);

void keybag_uuid_format(const uint8_t uuid[KEYBAG_UUID_SIZE], char ret_text[KEYBAG_UUID_TEXT_SIZE]);
int keybag_uuid_parse(const char *text, uint8_t ret_uuid[KEYBAG_UUID_SIZE]);

/* ---- Memory for secrets ------------------------------------------------------------------------ */

/*
 * Zeroed memory of its own pages: locked in RAM, not in core dumps, empty in a forked child.
 * Returns -ENOMEM, when RLIMIT_MEMLOCK does not allow it as well.
 */
int keybag_memory_new(size_t size, void **ret_memory);

/* Wipes and releases. @size as in keybag_memory_new(). NULL is allowed. */
void keybag_memory_free(void *memory, size_t size);

/* Zeroes all of it, and what requests under way hand over. For the handler of a signal that ends the program; the last call. */
void keybag_memory_wipe(void);

/*
 * Overwrites the vector registers of the calling thread. Call it after handling a secret with
 * memcpy(), a cipher library or the like, before blocking: the registers are saved in kernel memory
 * at the next context switch and stay there (they are not cleared with the buffer).
 */
void keybag_clear_registers(void);

/* ---- Data: /dev/keybag ------------------------------------------------------------------------- */

/*
 * Opens the device, close-on-exec, with a number above those of the standard streams, as all descriptors that this library
 * makes have. Returns a descriptor (close it with close(2)). -ENXIO: no module.
 */
int keybag_open(void);

int keybag_version_sized(int fd, void *ret_version, size_t size);
static inline int keybag_version(int fd, struct keybag_version *ret_version)
{
	return keybag_version_sized(fd, ret_version, sizeof(*ret_version));
}

/*
 * Bind a descriptor to a keybag, once. The caller's effective uid has to own it, or be privileged.
 * @flags: KEYBAG_BIND_NO_UPCALL. @ret_uuid may be NULL.
 */
int keybag_bind_uid(int fd, uid_t uid, uint32_t flags, uint8_t *ret_uuid);
int keybag_bind_system(int fd, uint32_t flags, uint8_t *ret_uuid);
int keybag_bind_uuid(int fd, const uint8_t uuid[KEYBAG_UUID_SIZE], uint32_t flags);
int keybag_bind_serial(int fd, int32_t serial, uint32_t flags, uint8_t *ret_uuid);

/* keybag_open() and keybag_bind_uid() for the effective uid. Returns a descriptor. */
int keybag_open_own(void);

/* State, rights and domain of the bound keybag. */
int keybag_status_sized(int fd, void *ret_status, size_t size);
static inline int keybag_status(int fd, struct keybag_status *ret_status)
{
	return keybag_status_sized(fd, ret_status, sizeof(*ret_status));
}

/*
 * Reads up to @count changes of state of a bound descriptor. Returns their number, 0 where a newer
 * kernel had only events to tell that this library does not know. Blocks unless O_NONBLOCK is set on
 * @fd (-EAGAIN); poll(2) says POLLIN when there is one, POLLHUP when the keybag is gone.
 */
ssize_t keybag_read_events_sized(int fd, void *ret_events, size_t size, size_t count);
static inline ssize_t keybag_read_events(int fd, struct keybag_event *ret_events, size_t count)
{
	return keybag_read_events_sized(fd, ret_events, sizeof(*ret_events), count);
}

/*
 * Seals @plaintext under a class key. @aad (NULL when @aad_length is 0) is authenticated with it and
 * has to be given again to open. @capacity: at least @length + KEYBAG_BLOB_OVERHEAD, of class B
 * KEYBAG_BLOB_OVERHEAD_B. Class B seals in every lock state, and opens while unlocked.
 * Returns the length of the blob.
 */
ssize_t keybag_wrap(int fd, uint32_t class_number, const void *plaintext, size_t length,
		    const void *aad, size_t aad_length, void *ret_blob, size_t capacity);

/* Like keybag_wrap() of @length random bytes made in the kernel. @ret_plaintext: NULL, or gets them. */
ssize_t keybag_generate(int fd, uint32_t class_number, void *ret_plaintext, size_t length,
			const void *aad, size_t aad_length, void *ret_blob, size_t capacity);

/*
 * Opens a blob. @ret_plaintext is written by the kernel: at least @blob_length - KEYBAG_BLOB_OVERHEAD.
 * Returns the length of the plaintext.
 */
ssize_t keybag_unwrap(int fd, const void *blob, size_t blob_length, const void *aad,
		      size_t aad_length, void *ret_plaintext, size_t capacity);

/*
 * Opens a blob and seals it again inside the kernel: under another class, for other associated data,
 * or for the keybag that @target is bound to (-1: this one). Returns the length of the new blob. @capacity: as to wrap.
 */
ssize_t keybag_rewrap(int fd, int target, uint32_t class_number, const void *blob,
		      size_t blob_length, const void *aad, size_t aad_length, const void *new_aad,
		      size_t new_aad_length, void *ret_blob, size_t capacity);

/*
 * Child keys: made, opened and used in the kernel only, wiped with their class.
 * keybag_child_create() returns the length of the wrapped child key, keybag_child_open() a number > 0
 * that names it on this descriptor until keybag_child_close() or close(2).
 */
ssize_t keybag_child_create(int fd, uint32_t class_number, const void *aad, size_t aad_length,
			    void *ret_blob, size_t capacity);
int keybag_child_open(int fd, const void *blob, size_t blob_length, const void *aad,
		      size_t aad_length);
int keybag_child_close(int fd, int child);
ssize_t keybag_child_encrypt(int fd, int child, const void *plaintext, size_t length,
			     const void *aad, size_t aad_length, void *ret_blob, size_t capacity);
ssize_t keybag_child_decrypt(int fd, int child, const void *blob, size_t blob_length,
			     const void *aad, size_t aad_length, void *ret_plaintext,
			     size_t capacity);
int keybag_child_mac(int fd, int child, const void *data, size_t length,
		     uint8_t ret_mac[KEYBAG_MAC_SIZE]);

/*
 * Up to KEYBAG_MAX_BATCH operations in one call. Each succeeds or fails by itself, see its result.
 * Returns how many succeeded.
 */
int keybag_batch_sized(int fd, void *items, size_t size, size_t count);
static inline int keybag_batch(int fd, struct keybag_item *items, size_t count)
{
	return keybag_batch_sized(fd, items, sizeof(*items), count);
}

/*
 * Gives up rights, for good. @rights: KEYBAG_RIGHT_* to keep, of @known, which is KEYBAG_RIGHT_ALL as the
 * program was built with. @classes: KEYBAG_CLASS_BIT() to keep. @domain: KEYBAG_DOMAIN_SIZE bytes, set
 * once; NULL: leave it.
 */
int keybag_restrict_known(int fd, uint32_t rights, uint32_t known, uint32_t classes, const uint8_t *domain);

/* The same; inline, so that it says what this program knows, and not what the library does. */
static inline int keybag_restrict(int fd, uint32_t rights, uint32_t classes, const uint8_t *domain)
{
	return keybag_restrict_known(fd, rights, KEYBAG_RIGHT_ALL, classes, domain);
}

/* A fresh descriptor that may do what this one may. @flags: KEYBAG_CLONE_*. Returns it. */
int keybag_clone(int fd, uint32_t flags, uint64_t lifetime_ns);

/* ---- Control: keybagd -------------------------------------------------------------------------- */

struct keybag_client;

/* Default of keybag_client_set_time_limit(). */
#define KEYBAG_CLIENT_TIME_LIMIT_NS	UINT64_C(60000000000)

/* A new handle. Connects with the first request. */
int keybag_client_new(struct keybag_client **ret_client);

/* Closes the connection and releases. NULL is allowed. */
void keybag_client_free(struct keybag_client *client);

/*
 * Total time one call may take, connecting, waiting and repeating included; then -ETIMEDOUT. A request
 * that was already sent may still be carried out.
 */
void keybag_client_set_time_limit(struct keybag_client *client, uint64_t limit_ns);

/*
 * Time until keybagd has taken the passcode of a request; then -EHOSTDOWN. So a request that may take long because a
 * key is derived does not wait as long for a daemon that hangs. UINT64_MAX, the default: no limit of its own.
 */
void keybag_client_set_start_limit(struct keybag_client *client, uint64_t limit_ns);

/*
 * Message about the last call: what went wrong and what to do, one line, naming the object; never NULL; ""
 * after success. Valid until the next call on this handle.
 */
const char *keybag_client_message(const struct keybag_client *client);

/* The keybag that is meant. Pass NULL for that of the effective uid, for which a client connects anew when it has changed. */
enum keybag_whose_by {
	KEYBAG_WHOSE_OWN	= 0,
	KEYBAG_WHOSE_UID	= 1,	/* another user's: root only */
	KEYBAG_WHOSE_UUID	= 2,	/* another user's: root only, else -ENOENT */
	KEYBAG_WHOSE_SYSTEM	= 3,	/* root only */
};

struct keybag_whose {
	uint32_t by;			/* enum keybag_whose_by */
	uid_t uid;			/* KEYBAG_WHOSE_UID */
	uint8_t uuid[KEYBAG_UUID_SIZE];	/* KEYBAG_WHOSE_UUID */
};

/*
 * Proof that a change is permitted. The text is read during the call only; it should lie in
 * memory of keybag_memory_new(). A recovery code may have any case, spaces and dashes.
 */
struct keybag_proof {
	uint32_t kind;			/* KEYBAG_PROTECTOR_PASSCODE, _RECOVERY, or _NONE (no text) */
	const char *text;		/* without a NUL byte, also at its end */
	size_t length;			/* 1..KEYBAG_MAX_PASSCODE */
};

/* Cost of the passcode KDF, Argon2id. A zero means the default of keybagd.conf. */
struct keybag_kdf {
	uint32_t memory_kib;		/* 64..131072, at most 1/16 of RAM; from root 64..262144, 1/8 */
	uint32_t passes;		/* 1..100 */
	uint32_t lanes;			/* 1..4 */
};

/*
 * Result of a request that tries a secret. Written on success and also with -EKEYREJECTED and -EAGAIN;
 * zeroed with any other error. NULL is allowed everywhere.
 */
struct keybag_attempt {
	uint32_t state;			/* enum keybag_state */
	uint32_t failures;		/* wrong secrets that count */
	uint64_t retry_after_ns;	/* 0: at once */
	uint32_t warnings;		/* KEYBAG_WARNING_* */
	uint32_t reserved;
};

#define KEYBAG_WARNING_RECORD_NOT_SAVED	(1U << 0)	/* guess record not durable: disk full, read-only */
#define KEYBAG_WARNING_RECOVERY_DROPPED	(1U << 1)	/* this change made recovery codes void */
#define KEYBAG_WARNING_RECOVERY_OPEN	(1U << 2)	/* no recovery code confirmed, and none refused */
#define KEYBAG_WARNING_OLD_FORM_REMAINS	(1U << 3)	/* the previous keybag could not be overwritten */
#define KEYBAG_WARNING_KDF_WEAK		(1U << 4)	/* under 19456 KiB */
#define KEYBAG_WARNING_DISABLED		(1U << 5)	/* passcode: after too many wrong ones */
#define KEYBAG_WARNING_LOGIN_DIFFERS	(1U << 6)	/* the last login password that was tried is not the passcode */
#define KEYBAG_WARNING_DEVICE_KEY	(1U << 7)	/* the device key on disk is not the one it is sealed to */

/*
 * Creates the keybag of a user, or the system keybag, and loads it. @passcode: NULL for none (always
 * so for the system keybag). A user may create their own, root all. It is unlocked when its owner
 * made it; a login, which makes it as root, unlocks it afterwards, and says where the password was typed. Not repeated by
 * itself.
 */
#define KEYBAG_CREATE_AT_LOGIN	(1U << 0)	/* -EPERM unless keybagd.conf lets this login; root only */

int keybag_client_create(struct keybag_client *client, const struct keybag_whose *whose,
			 const struct keybag_proof *passcode, const struct keybag_kdf *kdf,
			 uint32_t flags, uint8_t ret_uuid[KEYBAG_UUID_SIZE]);

/*
 * Tries a secret and unlocks. @flags: KEYBAG_UNLOCK_FIRST_ONLY, _CHECK, _REMOTE, _VERIFIED, _AUTHENTICATE, _IF_CLOSED.
 * @reason: KEYBAG_REASON_REQUEST, _LOGIN, _SCREEN, _RECOVERY (root; others always REQUEST or SCREEN). Loads the
 * keybag if need be. Succeeds on a keybag without passcode when the proof is of kind NONE or when the bag is
 * unlocked anyhow.
 */
#define KEYBAG_UNLOCK_REMOTE	(1U << 16)	/* typed elsewhere: FIRST_ONLY while the seat is locked */
/*
 * The text is a login password, which was right. If the keybag's passcode turns out to be another one, that is
 * remembered, and -EKEYREJECTED without a try is the answer to that password with this flag until the keybag was
 * opened or its passcode set: a login does not use up the guesses at the user's own keybag. Only root's word makes
 * a note that outlives keybagd, and only of a password of /etc/shadow.
 */
#define KEYBAG_UNLOCK_VERIFIED	(1U << 17)
/*
 * The answer lets somebody into the account. Nothing is tried, and the answer is -EACCES, unless that is for
 * the keybag to say: a root process has unlocked it with this passcode and _VERIFIED (keybagd notes that in the
 * sealed form), and the password field of the account in /etc/shadow is "*", so that nothing else knows a
 * password.
 */
#define KEYBAG_UNLOCK_AUTHENTICATE (1U << 18)
/* -EALREADY, and nothing is tried, where the keybag is unlocked, or has no passcode. */
#define KEYBAG_UNLOCK_IF_CLOSED	(1U << 20)

int keybag_client_unlock(struct keybag_client *client, const struct keybag_whose *whose,
			 const struct keybag_proof *proof, uint32_t flags, uint32_t reason,
			 struct keybag_attempt *ret_attempt);

/*
 * Locks. When it has returned 0 no class key of that state is in memory. Immediate also while a secret
 * is being tried: it voids the try. @flags: KEYBAG_LOCK_FULL, KEYBAG_LOCK_ALL (root; @whose is NULL).
 * A keybag that is not loaded counts as locked.
 */
int keybag_client_lock(struct keybag_client *client, const struct keybag_whose *whose,
		       uint32_t flags, uint32_t reason);

/*
 * Tickets: a login that authenticates in one process and opens the session in another. The first
 * derives the key, tries nothing and returns a number; the second tries it after the account checks, unless
 * the keybag is open already. Root only. A ticket is void once it was redeemed, after 60 s, after a
 * change of passcode, when everything is locked or evicted, and when keybagd ends.
 *
 * KEYBAG_UNLOCK_KEEP_TICKET, for a login whose session is still to come: a ticket that opened, or would have
 * but for a lock, stays for another time, because a lock may come before the session does.
 */
#define KEYBAG_TICKET_SIZE	16
#define KEYBAG_UNLOCK_KEEP_TICKET	(1U << 19)

int keybag_client_ticket_new(struct keybag_client *client, const struct keybag_whose *whose,
			     const struct keybag_proof *passcode,
			     uint8_t ret_ticket[KEYBAG_TICKET_SIZE]);

/* A ticket, with what a login learns together with it. */
struct keybag_ticket {
	uint8_t number[KEYBAG_TICKET_SIZE];
	uint32_t state;			/* enum keybag_state; KEYBAG_STATE_GONE: not loaded, or not told */
	uint32_t create_at_login;	/* with -ENOENT; 1: the login makes a keybag */
};

/*
 * keybag_client_ticket_new() of a login that knows nothing of the keybag yet: -ENOENT: there is none; -EALREADY: it has
 * no passcode. @ret_ticket is written in any case.
 */
int keybag_client_ticket(struct keybag_client *client, const struct keybag_whose *whose,
			 const struct keybag_proof *passcode, struct keybag_ticket *ret_ticket);

int keybag_client_ticket_redeem(struct keybag_client *client,
				const uint8_t ticket[KEYBAG_TICKET_SIZE], uint32_t flags,
				uint32_t reason, struct keybag_attempt *ret_attempt);

/*
 * Sets or changes the passcode. @authority: present passcode or recovery code; kind NONE or NULL when
 * the keybag has no passcode. Not repeated by itself.
 */
int keybag_client_set_passcode(struct keybag_client *client, const struct keybag_whose *whose,
			       const struct keybag_proof *authority,
			       const struct keybag_proof *passcode, const struct keybag_kdf *kdf,
			       struct keybag_attempt *ret_attempt);

/* Removes the passcode: the class akpu is destroyed, the keybag stays unlocked from then on. */
int keybag_client_remove_passcode(struct keybag_client *client, const struct keybag_whose *whose,
				  const struct keybag_proof *authority,
				  struct keybag_attempt *ret_attempt);

/*
 * Makes a recovery code and returns its text, this once. @flags: KEYBAG_RECOVERY_REPLACE voids the
 * present one (-EEXIST otherwise). keybag_client_recovery_confirm() takes the code itself as proof that
 * the user has kept it. keybag_client_recovery_refuse() notes that the user wants none. -ECONNRESET: one may have been made
 * that nobody has read; make another one.
 */
#define KEYBAG_RECOVERY_REPLACE	(1U << 0)

int keybag_client_recovery_add(struct keybag_client *client, const struct keybag_whose *whose,
			       const struct keybag_proof *authority, uint32_t flags,
			       char ret_code[KEYBAG_RECOVERY_CODE_SIZE],
			       struct keybag_attempt *ret_attempt);
int keybag_client_recovery_confirm(struct keybag_client *client, const struct keybag_whose *whose,
				   const struct keybag_proof *code,
				   struct keybag_attempt *ret_attempt);
int keybag_client_recovery_refuse(struct keybag_client *client, const struct keybag_whose *whose,
				  const struct keybag_proof *authority,
				  struct keybag_attempt *ret_attempt);

/*
 * Takes over a sealed keybag of another device (or of this one before its device key was lost).
 * @form: content of the .keybag file. @code: its recovery code. @passcode: the new one, NULL: none.
 * This-device-only classes start anew. The keybag has to belong to the caller's uid (root: any).
 */
int keybag_client_recover(struct keybag_client *client, const void *form, size_t form_length,
			  const struct keybag_proof *code, const struct keybag_proof *passcode,
			  const struct keybag_kdf *kdf, uint8_t ret_uuid[KEYBAG_UUID_SIZE]);

/* Facts about a keybag. Allocated by the library; grows at the end in later versions, and the status into its room. */
struct keybag_info {
	struct keybag_status status;	/* state .GONE and mostly zero when it is not loaded */
	uint8_t status_room[256 - sizeof(struct keybag_status)];
	uint32_t loaded;		/* 1: in the kernel */
	int32_t error;			/* why it is not: negative errno, 0: nobody asked yet */
	struct keybag_kdf kdf;		/* of the passcode; zero without */
	uint32_t warnings;		/* KEYBAG_WARNING_* */
	char *owner_name;		/* name of the account it was made for; "" for the system keybag */
	char *path;			/* of the sealed form */
	char *message;			/* text for @error, or "" */
};

/* Release with keybag_info_free(). Users see their own keybag, root all. */
int keybag_client_status(struct keybag_client *client, const struct keybag_whose *whose,
			 struct keybag_info **ret_info);
void keybag_info_free(struct keybag_info *info);

/* All keybags the caller may see, within one time limit; the array ends with NULL. Release with keybag_info_free_all(). */
int keybag_client_list(struct keybag_client *client, struct keybag_info ***ret_infos);
void keybag_info_free_all(struct keybag_info **infos);

/*
 * Loads a keybag from disk; succeeds when it is loaded already. What the request-key helper calls
 * before it attaches. @flags: KEYBAG_LOAD_RENAMED (root): the account was renamed, accept its new name.
 */
#define KEYBAG_LOAD_RENAMED	(1U << 0)

int keybag_client_load(struct keybag_client *client, const struct keybag_whose *whose,
		       uint32_t flags, uint8_t ret_uuid[KEYBAG_UUID_SIZE]);

/* The same, and tells what is known about the keybag then. Release with keybag_info_free(). */
int keybag_client_load_info(struct keybag_client *client, const struct keybag_whose *whose,
			    uint32_t flags, struct keybag_info **ret_info);

/* Root only. Class keys leave memory; descriptors bound to the keybag answer EKEYREVOKED. */
int keybag_client_unload(struct keybag_client *client, const struct keybag_whose *whose);

/* Root only. Unloads every keybag and takes the device key out of the kernel. */
int keybag_client_evict(struct keybag_client *client);

/* Settings that concern one user. */
#define KEYBAG_MAX_IDLE		604800U		/* s, a week */

struct keybag_settings {
	uint32_t create_at_login;	/* 1: a login makes a keybag for a user who has none */
	uint32_t lock_after_idle;	/* what holds: seconds without use after which the keybag is locked; 0: never */
	uint32_t idle_limit;		/* of keybagd.conf; 0: none */
	uint32_t idle_own;		/* as the owner has set it; 0: nothing is set */
};

/* A user without a keybag has settings as well. */
int keybag_client_settings(struct keybag_client *client, const struct keybag_whose *whose,
			   struct keybag_settings *ret_settings);

/*
 * Sets after how many seconds without use the keybag is locked, 0: as keybagd.conf says. It survives restarts. -EPERM:
 * more than keybagd.conf permits.
 */
int keybag_client_set_idle(struct keybag_client *client, const struct keybag_whose *whose, uint32_t seconds,
			   struct keybag_settings *ret_settings);

/*
 * Unloads a keybag, overwrites and removes its files. @proof: passcode or recovery code, of a keybag
 * that has one; root needs none (NULL).
 */
int keybag_client_destroy(struct keybag_client *client, const struct keybag_whose *whose,
			  const struct keybag_proof *proof, struct keybag_attempt *ret_attempt);

/*
 * For keychaind (uid of the account "_keychain") and root. keybag_client_keychain() loads the keybag
 * of @whose if need be and returns a descriptor bound to it that wraps, unwraps, rewraps and uses child
 * keys in the keychain's own domain, and nothing else. Close it with close(2).
 */
int keybag_client_keychain(struct keybag_client *client, const struct keybag_whose *whose);

/*
 * Facts about a process, seen by keybagd for an account without privilege, which must not look into it. They are about
 * whichever process has that number now: hold a pidfd of it, and poll that afterwards.
 */
struct keybag_program {
	uint64_t device;		/* st_dev and st_ino of its executable */
	uint64_t inode;
	uint32_t mode;			/* st_mode, owner and group of the executable */
	uint32_t owner;
	uint32_t group;
	uint32_t real_group;		/* of the process, in the initial user namespace */
	uint32_t traceable;		/* 1: other processes of its user may look into its memory */
	uint32_t reserved;
	char path[512];			/* of the executable, for people only */
};

int keybag_client_program(struct keybag_client *client, pid_t pid,
			  struct keybag_program *ret_program);

/* ---- Events from keybagd ----------------------------------------------------------------------- */

struct keybag_watch;

struct keybag_watch_event {
	uint8_t uuid[KEYBAG_UUID_SIZE];
	uint32_t owner;			/* uid, KEYBAG_UID_NONE for the system keybag */
	struct keybag_event event;	/* state .GONE: not loaded any more */
};

/*
 * Watches the keybag(s) of @whose; NULL: one's own, of root: all. The first events are the present
 * states. After a restart of keybagd the watch connects again by itself, with the next
 * keybag_watch_next(), and reports present states anew: compare state_seq. keybag_watch_new() takes at most
 * KEYBAG_CLIENT_TIME_LIMIT_NS, keybag_watch_new_within() at most @limit_ns; then -ETIMEDOUT.
 */
int keybag_watch_new(const struct keybag_whose *whose, struct keybag_watch **ret_watch);
int keybag_watch_new_within(const struct keybag_whose *whose, uint64_t limit_ns, struct keybag_watch **ret_watch);
void keybag_watch_free(struct keybag_watch *watch);

/*
 * For poll(2) with POLLIN, also while the watch connects again; may change after each keybag_watch_next(). -ECONNREFUSED:
 * not connected; call keybag_watch_next() after a while.
 */
int keybag_watch_fd(const struct keybag_watch *watch);

/*
 * Waits up to @timeout_ns (0: not at all, UINT64_MAX: for ever) for the next event. -ETIMEDOUT: none came; -ECONNREFUSED:
 * none came, and keybagd does not run.
 */
int keybag_watch_next_sized(struct keybag_watch *watch, uint64_t timeout_ns, void *ret_event, size_t size);
static inline int keybag_watch_next(struct keybag_watch *watch, uint64_t timeout_ns,
				    struct keybag_watch_event *ret_event)
{
	return keybag_watch_next_sized(watch, timeout_ns, ret_event, sizeof(*ret_event));
}

#ifdef __cplusplus
}
#endif

#endif /* LIBKEYBAG_KEYBAG_H */
