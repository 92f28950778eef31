/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libkeychain: items that open only when their class does, for programs.
 *
 *   keychain_client_...   a connection to keychaind, made with the first request, mended by itself
 *   keychain_query_...    which items, or what an item is to be: attributes by type
 *   keychain_add, ...     the requests
 *   keychain_items_...    what was found
 *   keychain_watch_...    what changes
 *
 * Conventions
 * -----------
 * - Requests return 0 (errSecSuccess) or one of enum keychain_status (keychain-status.h), always
 *   negative; keychain_client_message() then says what went wrong with which item, group or class,
 *   and what to do.
 * - Setters of queries need not be checked. One that is given an attribute of another type, text
 *   that is not UTF-8 (RFC 3629), or NULL for text or data makes the request fail with errSecParam;
 *   a query for which there was no memory, NULL too, makes it fail with errSecAllocate.
 * - Outputs are called ret_..., and are written only on success, unless said otherwise.
 * - What is returned as const belongs to the handle it came from, and lives as long.
 * - Lengths are in bytes. Times are milliseconds since 1970-01-01 UTC; time limits are nanoseconds.
 * - Secrets are 0..KEYCHAIN_MAX_SECRET bytes. They travel in locked memory files that both sides
 *   zero, and are wiped when their handle is released. Own buffers: keybag_memory_new() of
 *   libkeybag.
 * - A handle belongs to one thread at a time; different handles are independent. After fork(2) a
 *   client may be used in the child: it connects anew, for the service serves only the process that
 *   connected.
 * - pthread_cancel(3) takes effect after a request, not within: nothing that was to be wiped is left. Only the waits of
 *   keychain_wait() and keychain_watch_next() end at once.
 * - No function prints, installs signal handlers, raises SIGPIPE or changes global state.
 * - libkeychain(3) has an example.
 *
 * A service that is restarted costs a delay. A request that may have been carried out although its
 * answer was lost, or could not be read for want of memory, is repeated only where that does no harm
 * (find, upsert, dry runs); otherwise it returns errSecIO.
 */
#ifndef LIBKEYCHAIN_KEYCHAIN_H
#define LIBKEYCHAIN_KEYCHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "keychain-status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KEYCHAIN_MAX_SECRET	(1 << 20)
#define KEYCHAIN_REFERENCE_SIZE	20
#define KEYCHAIN_NAME_SIZE	65
#define KEYCHAIN_NO_LIMIT	0
#define KEYCHAIN_MAX_OWN	128	/* own attributes of an item, */
#define KEYCHAIN_MAX_OWN_NAME	255	/* bytes of the name of one, */
#define KEYCHAIN_MAX_OWN_BYTES	61440	/* and of all their names and values together */
#define KEYCHAIN_TIME_LIMIT_NS	UINT64_C(60000000000)

/*
 * ---- Connection -------------------------------------------------------------------------------
 */

struct keychain_client;

/* A new handle. Connects with the first request. Returns 0 or errSecAllocate. */
int keychain_client_new(struct keychain_client **ret_client);

/* Closes the connection and releases. NULL is allowed. */
void keychain_client_free(struct keychain_client *client);

/*
 * Time that one request may take, connecting and repeating included; then errSecNotAvailable; errSecIO where a
 * change had been sent, which may be carried out yet. A long result comes in parts, and each part may take so long.
 */
void keychain_client_set_time_limit(struct keychain_client *client, uint64_t limit_ns);

/*
 * Called, by the thread that asked, each time a part of a long result has come in, with the number
 * of items so far. NULL: not any more.
 */
typedef void (*keychain_progress)(void *context, uint64_t items);
void keychain_client_set_progress(struct keychain_client *client, keychain_progress progress,
				  void *context);

/*
 * Message about the last request: one line for people, naming what and the remedy; "" after success.
 * Never NULL.
 */
const char *keychain_client_message(const struct keychain_client *client);

/* Whether what keychain_add() or keychain_upsert() has added last waits for the next unlock: keychain_query_set_seal_while_locked(). */
bool keychain_client_pending(const struct keychain_client *client);

/*
 * The keychain that requests from now on are for. NULL: the user's default one. Returns 0,
 * errSecParam for text that is not UTF-8, or errSecAllocate; whether there is one of that name the
 * next request tells.
 */
int keychain_client_choose(struct keychain_client *client, const char *keychain);

/*
 * The system keychain; takes an entitlement file that grants it. Of this and keychain_client_choose() the one that was
 * called last counts.
 */
void keychain_client_choose_system(struct keychain_client *client);

/* Root, to move and purge in the name of another user. */
void keychain_client_choose_user(struct keychain_client *client, uid_t uid);

/*
 * On behalf of the process of @pidfd, which pidfd_open(2) or SO_PEERPIDFD yields, and not in its own name, the client asks
 * from now on; for services that serve other programs, and takes an entitlement file with OnBehalf=yes. keychaind looks at
 * that process itself, with each request, and what can be reached are the groups unconfined.UID, flatpak.APPLICATION or
 * snap.NAME of it, no others and nothing of the system keychain. The descriptor is duplicated: the caller's may be closed.
 * A watch or an iterator stays with the process that the client had when it was made.
 *
 * Returns 0, errSecParam (no descriptor) or errSecAllocate; then all requests fail with errSecParam until one of these two
 * functions was successful. A request answers errSecMissingEntitlement (no such entitlement, a process of another user or in
 * a namespace of its own, or one that nothing can be asked for, as a system unit), errSecNotAvailable where the process has
 * ended, errSecParam where @pidfd is not one of a process.
 */
int keychain_client_set_behalf(struct keychain_client *client, int pidfd);

/* In its own name again. */
void keychain_client_unset_behalf(struct keychain_client *client);

/*
 * ---- Classes and attributes --------------------------------------------------------------------
 */

enum keychain_class {
	KEYCHAIN_GENERIC_PASSWORD	= 1,	/* genp */
	KEYCHAIN_INTERNET_PASSWORD	= 2,	/* inet */
	KEYCHAIN_CERTIFICATE		= 3,	/* cert */
	KEYCHAIN_KEY			= 4,	/* keys */
	KEYCHAIN_IDENTITY		= 5,	/* idnt: a certificate and its private key */
};

/* When an item can be read. The default is when unlocked, of certificates always. */
enum keychain_accessible {
	KEYCHAIN_WHEN_UNLOCKED				= 1,	/* ak */
	KEYCHAIN_AFTER_FIRST_UNLOCK			= 2,	/* ck */
	KEYCHAIN_ALWAYS					= 3,	/* dk */
	KEYCHAIN_WHEN_UNLOCKED_THIS_DEVICE		= 4,	/* aku */
	KEYCHAIN_AFTER_FIRST_UNLOCK_THIS_DEVICE		= 5,	/* cku */
	KEYCHAIN_ALWAYS_THIS_DEVICE			= 6,	/* dku */
	KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE		= 7,	/* akpu */
};

/* Attributes, with their names in requests and their types. */
enum keychain_attribute {
	/* text */
	KEYCHAIN_ACCOUNT		= 1,	/* acct */
	KEYCHAIN_SERVICE		= 2,	/* svce */
	KEYCHAIN_ACCESS_GROUP		= 3,	/* agrp */
	KEYCHAIN_LABEL			= 4,	/* labl */
	KEYCHAIN_DESCRIPTION		= 5,	/* desc */
	KEYCHAIN_COMMENT		= 6,	/* icmt */
	KEYCHAIN_SERVER			= 7,	/* srvr */
	KEYCHAIN_SECURITY_DOMAIN	= 8,	/* sdmn */
	KEYCHAIN_PROTOCOL		= 9,	/* ptcl: "htps", "ssh " and so on */
	KEYCHAIN_AUTHENTICATION_TYPE	= 10,	/* atyp */
	KEYCHAIN_PATH			= 11,	/* path */
	/* data */
	KEYCHAIN_GENERIC		= 32,	/* gena */
	KEYCHAIN_APPLICATION_TAG	= 33,	/* atag */
	KEYCHAIN_APPLICATION_LABEL	= 34,	/* klbl */
	KEYCHAIN_SUBJECT		= 35,	/* subj */
	KEYCHAIN_ISSUER			= 36,	/* issr */
	KEYCHAIN_SERIAL_NUMBER		= 37,	/* slnr */
	KEYCHAIN_SUBJECT_KEY_ID		= 38,	/* skid */
	KEYCHAIN_PUBLIC_KEY_HASH	= 39,	/* pkhh */
	/* number */
	KEYCHAIN_PORT			= 64,	/* port */
	KEYCHAIN_CREATOR		= 65,	/* crtr */
	KEYCHAIN_TYPE			= 66,	/* type */
	KEYCHAIN_KEY_CLASS		= 67,	/* kcls: 0 public, 1 private, 2 symmetric */
	KEYCHAIN_KEY_SIZE		= 68,	/* bsiz */
	KEYCHAIN_EFFECTIVE_KEY_SIZE	= 69,	/* esiz */
	KEYCHAIN_CERTIFICATE_TYPE	= 70,	/* ctyp */
	KEYCHAIN_CERTIFICATE_ENCODING	= 71,	/* cenc */
	/* boolean */
	KEYCHAIN_SYNCHRONIZABLE		= 96,	/* sync */
	KEYCHAIN_INVISIBLE		= 97,	/* invi */
	KEYCHAIN_NEGATIVE		= 98,	/* nega */
	KEYCHAIN_CAN_SIGN		= 99,	/* sign */
	KEYCHAIN_CAN_VERIFY		= 100,	/* vrfy */
	KEYCHAIN_CAN_ENCRYPT		= 101,	/* encr */
	KEYCHAIN_CAN_DECRYPT		= 102,	/* decr */
	KEYCHAIN_CAN_DERIVE		= 103,	/* drve */
	KEYCHAIN_CAN_WRAP		= 104,	/* wrap */
	KEYCHAIN_CAN_UNWRAP		= 105,	/* unwp */
	/* date; in results only */
	KEYCHAIN_CREATED		= 128,	/* cdat */
	KEYCHAIN_MODIFIED		= 129,	/* mdat */
};

/* "acct"; NULL for a number that is no attribute. */
const char *keychain_attribute_name(enum keychain_attribute attribute);

/* "ak"; NULL for a number that is none. */
const char *keychain_accessible_name(enum keychain_accessible accessible);

/* "genp"; NULL for a number that is none. */
const char *keychain_class_name(enum keychain_class item_class);

/*
 * ---- Queries -----------------------------------------------------------------------------------
 */

struct keychain_query;

/* For items of that class. Returns NULL without memory. */
struct keychain_query *keychain_query_new(enum keychain_class item_class);

/* For the item with that persistent reference, and nothing else. */
struct keychain_query *
keychain_query_new_reference(const uint8_t reference[KEYCHAIN_REFERENCE_SIZE]);

/* For keychain_update(): the attributes that change. */
struct keychain_query *keychain_query_new_changes(void);

/* Wipes and releases. NULL is allowed. */
void keychain_query_free(struct keychain_query *query);

void keychain_query_set_text(struct keychain_query *query, enum keychain_attribute attribute,
			     const char *text);
void keychain_query_set_data(struct keychain_query *query, enum keychain_attribute attribute,
			     const void *data, size_t length);
void keychain_query_set_number(struct keychain_query *query, enum keychain_attribute attribute,
			       int64_t number);
void keychain_query_set_boolean(struct keychain_query *query, enum keychain_attribute attribute,
				bool boolean);

/*
 * An own attribute: any name and text that the program likes, "" too. An item, of whatever class, has any set of them up
 * to KEYCHAIN_MAX_OWN; over a limit the request fails with errSecParam. A query finds the items that have all pairs it
 * has, whatever others they have; it finds them by an index, locked ones too. The same name again replaces the text. In
 * the changes of keychain_update() they take the place of all that the item has. They are not part of what makes an item
 * unique.
 */
void keychain_query_set_own(struct keychain_query *query, const char *name, const char *value);

/* None at all: as changes, removes all; makes the query forget those that were set. */
void keychain_query_set_no_own(struct keychain_query *query);

/* Finds only items that have just these own attributes and no others; none, where the query has none. */
void keychain_query_match_own_exactly(struct keychain_query *query);

/* The protection class: of a new item, or a filter. */
void keychain_query_set_accessible(struct keychain_query *query,
				   enum keychain_accessible accessible);

/*
 * A new item whose class is locked is sealed as a whole, in the kernel's class B, and added by itself at the next unlock,
 * rather than that adding it fails with errSecInteractionNotAllowed. Until then nothing finds it by its attributes, and a
 * request for its persistent reference fails with that. Its access group is that of now. Where it turns out
 * at the unlock that there is such an item, keychain_upsert() has changed that, unless it was changed later, and what
 * keychain_add() was given is kept until somebody decides: 'keychainctl pending'. Not for identities (errSecUnimplemented)
 * and KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE; a module without class B fails as if this was not set. Where the class is open
 * it means nothing. keychain_client_pending() says whether the item waits.
 */
void keychain_query_set_seal_while_locked(struct keychain_query *query, bool seal);

/* Finds synchronizable items as well as local ones. */
void keychain_query_set_any_synchronizable(struct keychain_query *query);

/* The secret of a new item, or the new one of an update. It is copied, wiped with the query. */
void keychain_query_set_secret(struct keychain_query *query, const void *secret, size_t length);

/*
 * Finds inet items whose server is @host, or in that domain: example.com finds www.example.com as
 * well (match key HostOrSubdomainOfHost).
 */
void keychain_query_match_host(struct keychain_query *query, const char *host);

/* Sets an attribute that the typed ones leave out: a raw key of the original, as text. */
void keychain_query_set_raw(struct keychain_query *query, const char *key, const char *text);

/*
 * ---- Requests ----------------------------------------------------------------------------------
 */

struct keychain_items;

/* Parts of each item that keychain_find() returns, and its way with locked ones. */
enum keychain_find_flags {
	KEYCHAIN_RETURN_ATTRIBUTES	= 1 << 0,
	KEYCHAIN_RETURN_SECRET		= 1 << 1,
	KEYCHAIN_RETURN_REFERENCE	= 1 << 2,
	/*
	 * Leaves out items whose class is locked, and counts them, rather than fail. With a limit of 1 the first that is
	 * open is found, and where all that match are locked the request fails all the same. With another limit the
	 * result is empty where all are locked, or all that there may be are unreadable.
	 */
	KEYCHAIN_PARTIAL		= 1 << 3,
	/*
	 * The same, and tells of each of them its reference, class and dates: keychain_items_locked_....
	 * Not for a limit of 1.
	 */
	KEYCHAIN_LOCKED_REFERENCES	= 1 << 4,
};

/* Adds an item. @ret_reference (NULL: not wanted): KEYCHAIN_REFERENCE_SIZE bytes. */
int keychain_add(struct keychain_client *client, const struct keychain_query *item,
		 uint8_t *ret_reference);

/* Adds it, or updates the one that it collides with. *@ret_added (NULL: not wanted): which; of one that waits, true. */
int keychain_upsert(struct keychain_client *client, const struct keychain_query *item,
		    bool *ret_added);

/*
 * Finds at most @limit items (KEYCHAIN_NO_LIMIT: all, which are in memory together: some KiB each with attributes,
 * and their secrets; of many see keychain_iterate()). errSecItemNotFound where there is none.
 * Without one of KEYCHAIN_RETURN_... only this is told: keychain_items_count() is 0 then. Release
 * with keychain_items_free().
 */
int keychain_find(struct keychain_client *client, const struct keychain_query *query,
		  unsigned int flags, size_t limit, struct keychain_items **ret_items);

/*
 * Finds all items that match, a page at a time: however many there are, no more than a page of them is in memory, here
 * and in the service. Pages are read as they are asked for. An item that is there all the time is found once; one that
 * is added, changed or deleted meanwhile may be found or not. The client may be used for other requests in between; free
 * the iterator before it. All pages are of the keychain that is chosen when the iterator is made.
 */
struct keychain_iterator;
int keychain_iterate(struct keychain_client *client, const struct keychain_query *query, unsigned int flags,
		     struct keychain_iterator **ret_iterator);

/*
 * The next page, to be released with keychain_items_free(); 0 and *@ret_items NULL: there is no more. errSecItemNotFound: there
 * is none at all. After an error, as a lock in between is without KEYCHAIN_PARTIAL, the same page may be asked for again. errSecNotAvailable
 * also where the keychain is not the one of the pages before: it was deleted and made again, restored or mended, or
 * another one became the default one. Begin with a new iterator then.
 */
int keychain_iterator_next(struct keychain_iterator *iterator, struct keychain_items **ret_items);

/* NULL is allowed. */
void keychain_iterator_free(struct keychain_iterator *iterator);

/* Changes all that match, or none. */
int keychain_update(struct keychain_client *client, const struct keychain_query *query,
		    const struct keychain_query *changes);

#define KEYCHAIN_DRY_RUN	(1 << 0)	/* count, change nothing */

/*
 * Changes the protection class of all that match, or none; old and new class have to be available.
 * @ret_count may be NULL here and below.
 */
int keychain_change_class(struct keychain_client *client, const struct keychain_query *query,
			  enum keychain_accessible accessible, unsigned int flags,
			  uint64_t *ret_count);

/* Deletes all that match, locked or not. */
int keychain_delete(struct keychain_client *client, const struct keychain_query *query);

/* Moves all items of one access group to another, all or none; both have to be the caller's. */
int keychain_move(struct keychain_client *client, const char *from, const char *to,
		  unsigned int flags, uint64_t *ret_count);

/* Deletes all items that application made. */
int keychain_purge(struct keychain_client *client, const char *application, unsigned int flags,
		   uint64_t *ret_count);

/*
 * Waits until items of that class can be read: a first unlock, an unlock. @limit_ns UINT64_MAX: for
 * ever. errSecInteractionNotAllowed: not in that time; errSecNotAvailable: no keybag was loaded
 * in all that time, keybagd cannot be asked, or for the class of a passcode the keybag has none. What can be told without a
 * wait the kernel tells; keybagd, where it has to be asked, may take the time limit of @client, whatever @limit_ns. It may be
 * locked again when this returns: do the request and see.
 */
int keychain_wait(struct keychain_client *client, enum keychain_accessible accessible,
		  uint64_t limit_ns);

/*
 * Makes and removes keychains of the caller's, besides the first, "login". When the default one is
 * removed, the first one is the default again.
 */
int keychain_create(struct keychain_client *client, const char *name);
int keychain_remove(struct keychain_client *client, const char *name);

/*
 * The default keychain: that of the requests, of all programs of the user, that name none. Names
 * have at most KEYCHAIN_NAME_SIZE bytes, the NUL included. To choose another moves no items.
 */
int keychain_default(struct keychain_client *client, char ret_name[KEYCHAIN_NAME_SIZE]);
int keychain_set_default(struct keychain_client *client, const char *name);

/*
 * Carries out one request in JSON: {"op":…,"query":…}, and returns
 * {"status":…,"message":…,"result":…}. Returns 0 when there is an answer, whatever its status.
 * Release it with keychain_text_free(), which wipes.
 */
int keychain_call(struct keychain_client *client, const char *request, size_t length,
		  char **ret_answer, size_t *ret_length);
void keychain_text_free(char *text, size_t length);

/*
 * Zeroes what requests under way have to hand over, and what of their answers is not in the heap. For a program that a signal
 * ends: it may be called from a handler, and nothing else of this library after it.
 */
void keychain_memory_wipe(void);

/*
 * ---- What was found ----------------------------------------------------------------------------
 */

/* Wipes and releases. NULL is allowed. */
void keychain_items_free(struct keychain_items *items);

size_t keychain_items_count(const struct keychain_items *items);

/* Number that matched but were left out by KEYCHAIN_PARTIAL; with a limit of 1 those before the one that was found. */
size_t keychain_items_withheld(const struct keychain_items *items);

/*
 * Number that were left out because they are damaged, or the key that opens them is lost: whether they match in all is not known.
 */
size_t keychain_items_unreadable(const struct keychain_items *items);

/*
 * Those of them that KEYCHAIN_LOCKED_REFERENCES tells of, in the order of their making. Before first unlock a query by
 * attributes finds none of some classes, and these are withheld only. Dates are as the file has them: nothing shows,
 * while the class is locked, that nobody else has changed them. NULL or 0 for an index that is too high, and for what is
 * neither KEYCHAIN_CREATED nor KEYCHAIN_MODIFIED.
 */
size_t keychain_items_locked_count(const struct keychain_items *items);
const uint8_t *keychain_items_locked_reference(const struct keychain_items *items, size_t index);
enum keychain_accessible keychain_items_locked_accessible(const struct keychain_items *items,
							  size_t index);
int64_t keychain_items_locked_time(const struct keychain_items *items, size_t index,
				   enum keychain_attribute attribute);

/*
 * Attributes of one item; NULL, 0, false where it has none of that kind. Text may hold NULs: see
 * @ret_length.
 */
const char *keychain_items_text(const struct keychain_items *items, size_t index,
				enum keychain_attribute attribute, size_t *ret_length);
const void *keychain_items_data(const struct keychain_items *items, size_t index,
				enum keychain_attribute attribute, size_t *ret_length);
int64_t keychain_items_number(const struct keychain_items *items, size_t index,
			      enum keychain_attribute attribute);
bool keychain_items_boolean(const struct keychain_items *items, size_t index,
			    enum keychain_attribute attribute);
int64_t keychain_items_time(const struct keychain_items *items, size_t index,
			    enum keychain_attribute attribute);
bool keychain_items_has(const struct keychain_items *items, size_t index,
			enum keychain_attribute attribute);

/*
 * Its own attributes, with KEYCHAIN_RETURN_ATTRIBUTES: how many, the name of each by its number, and the text of a name.
 * NULL: there is none.
 */
size_t keychain_items_own_count(const struct keychain_items *items, size_t index);
const char *keychain_items_own_name(const struct keychain_items *items, size_t index, size_t number);
const char *keychain_items_own(const struct keychain_items *items, size_t index, const char *name,
			       size_t *ret_length);

/* Its protection class, 0: not asked for. */
enum keychain_accessible keychain_items_accessible(const struct keychain_items *items,
						   size_t index);

/* With KEYCHAIN_RETURN_SECRET. NULL: the item has none. */
const void *keychain_items_secret(const struct keychain_items *items, size_t index,
				  size_t *ret_length);

/* With KEYCHAIN_RETURN_REFERENCE: KEYCHAIN_REFERENCE_SIZE bytes. */
const uint8_t *keychain_items_reference(const struct keychain_items *items, size_t index);

/*
 * ---- Events ------------------------------------------------------------------------------------
 */

enum keychain_event_kind {
	KEYCHAIN_EVENT_NONE		= 0,
	/* about one item */
	KEYCHAIN_EVENT_ADDED		= 1,
	KEYCHAIN_EVENT_CHANGED		= 2,	/* its attributes, its secret or both */
	KEYCHAIN_EVENT_REMOVED		= 3,	/* deleted, or moved to another access group */
	/* Any item may have been added, changed or removed: what came in between could not be kept. */
	KEYCHAIN_EVENT_ANYTHING		= 4,
	/* about a protection class */
	KEYCHAIN_EVENT_AVAILABLE	= 5,
	KEYCHAIN_EVENT_UNAVAILABLE	= 6,
};

struct keychain_event {
	enum keychain_event_kind kind;
	/* For added, changed, removed; never an identity, but its certificate and its key. */
	enum keychain_class item_class;
	uint8_t reference[KEYCHAIN_REFERENCE_SIZE];
	char access_group[256];
	/*
	 * For available and unavailable: KEYCHAIN_WHEN_UNLOCKED, KEYCHAIN_AFTER_FIRST_UNLOCK or KEYCHAIN_ALWAYS, which
	 * stand for the classes of this device as well.
	 */
	enum keychain_accessible accessible;
};

/* "added"; NULL for a number that is none. */
const char *keychain_event_name(enum keychain_event_kind kind);

struct keychain_watch;

/*
 * Watches the keychain that @client was told to use, for what the caller may see of it, from when this returns on; look
 * for the items after that. The first events say which classes are available. errSecNotAvailable where the user or the
 * application watches too often already, and errors as of keychain_find(), all within the time limit of @client, which has
 * the message and is of no further use to the watch. Release with keychain_watch_free(), in the process that made it. A child
 * of that process makes a watch of its own: keychain_watch_next() with its parent's is errSecNotAvailable.
 */
int keychain_watch_new(struct keychain_client *client, struct keychain_watch **ret_watch);

/* NULL is allowed. */
void keychain_watch_free(struct keychain_watch *watch);

/* For poll(2) with POLLIN, always the same one: keychain_watch_next() has something to do, if not an event. */
int keychain_watch_fd(const struct keychain_watch *watch);

/*
 * The next event; kind KEYCHAIN_EVENT_NONE where none came within @limit_ns (0: without waiting, UINT64_MAX: for ever).
 * Call it until then before you poll. Of one item that changes often while nobody reads there is one event, and after
 * too many KEYCHAIN_EVENT_ANYTHING, which also follows a restart of the service and a change of the caller's
 * entitlements. Errors are those of a request (the keychain was deleted, the caller lost its access); the next call tries
 * again. A service that is being restarted is none.
 */
int keychain_watch_next(struct keychain_watch *watch, uint64_t limit_ns, struct keychain_event *ret_event);

/* The message about the last call of keychain_watch_next(), as keychain_client_message(). */
const char *keychain_watch_message(const struct keychain_watch *watch);

#ifdef __cplusplus
}
#endif

#endif
