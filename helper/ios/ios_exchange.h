/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between keychainctl and the program that reads a backup of iOS for it. The program gets all that it needs as descriptors and
 * opens nothing itself.
 *
 * It answers with records, one at a time: it writes one into the window, as CBOR, and sends its length as a uint32_t; keychainctl
 * takes it out, zeroes it, and sends a byte. In answer to the first record, IOS_RECORD_BACKUP, keychainctl has put the password
 * into the window: its length as a uint32_t, and its bytes, which the program takes out and zeroes. A record is a dictionary with
 * one of these members; the last one of all has IOS_RECORD_FAILURE or IOS_RECORD_END.
 *
 *   IOS_RECORD_BACKUP    text, "Anna's iPhone, iOS 17.1": device and version, both as the backup says
 *   IOS_RECORD_ITEM      dictionary, a query for an add, without access group; with IOS_RECORD_GROUP, text
 *   IOS_RECORD_LEFT      text, an IOS_LEFT_* below; with IOS_RECORD_CLASS, text, and IOS_RECORD_PROTECTION, text, "" if it is
 *                        not known, and IOS_RECORD_NUMBER, the entry's place from 1
 *   IOS_RECORD_FAILURE   text, an IOS_FAILURE_* below
 *   IOS_RECORD_END       true
 */
#ifndef IOS_EXCHANGE_H
#define IOS_EXCHANGE_H

enum {
	IOS_FD_MANIFEST = 3,	/* Manifest.plist */
	IOS_FD_DATABASE,	/* Manifest.db */
	IOS_FD_KEYCHAIN,	/* the file IOS_KEYCHAIN_FILE */
	IOS_FD_WINDOW,		/* a memory file of IOS_WINDOW_SIZE */
	IOS_FD_SOCKET,
	IOS_FD_END,
};

/* An item of a keychain of iOS that is larger is left out. */
#define IOS_WINDOW_SIZE		(256 * 1024)
#define IOS_MAX_PASSWORD	1024
#define IOS_MAX_ENTRIES		65536	/* of a keychain, of all classes: devices have some thousands */

/* The name of a file in a backup is the SHA-1 of domain, '-' and path: here "KeychainDomain-keychain-backup.plist". */
#define IOS_KEYCHAIN_FILE	"51a4616e576dd33cd2abadfea874eb8ff246bf0e"

#define IOS_RECORD_BACKUP	"backup"
#define IOS_RECORD_ITEM		"item"
#define IOS_RECORD_GROUP	"group"
#define IOS_RECORD_LEFT		"left"
#define IOS_RECORD_CLASS	"class"
#define IOS_RECORD_PROTECTION	"accessible"
#define IOS_RECORD_NUMBER	"number"
#define IOS_RECORD_FAILURE	"failure"
#define IOS_RECORD_END		"end"

/* Why an entry is no item. */
#define IOS_LEFT_DEVICE		"device"	/* a key of the device wraps the key of its class */
#define IOS_LEFT_CLASS_KEY	"class-key"	/* the keybag has no key for its class, or a damaged one */
#define IOS_LEFT_DAMAGED	"damaged"
#define IOS_LEFT_VERSION	"version"	/* a form that is not known */
#define IOS_LEFT_CONTROL	"control"	/* access control, which the device decides about */
#define IOS_LEFT_TOKEN		"token"		/* the key is in the Secure Enclave, or in a token */
#define IOS_LEFT_DELETED	"deleted"	/* a mark that an item was deleted */
#define IOS_LEFT_LARGE		"large"

/* Why nothing can be had. */
#define IOS_FAILURE_MANIFEST	"manifest"	/* Manifest.plist is damaged */
#define IOS_FAILURE_PLAIN	"plain"		/* the backup is not encrypted */
#define IOS_FAILURE_KEYBAG	"keybag"	/* damaged, or none that a password opens */
#define IOS_FAILURE_PASSWORD	"password"
#define IOS_FAILURE_ITERATIONS	"iterations"
#define IOS_FAILURE_DATABASE	"database"	/* Manifest.db cannot be opened, or is damaged */
#define IOS_FAILURE_ABSENT	"absent"	/* there is no keychain in it */
#define IOS_FAILURE_KEYCHAIN	"keychain"	/* the file of the keychain cannot be opened, or is damaged */
#define IOS_FAILURE_LARGE	"large"		/* a file is larger than a backup's may be */
#define IOS_FAILURE_MANY	"many"		/* the keychain has more than IOS_MAX_ENTRIES entries */
#define IOS_FAILURE_CONFINE	"confine"	/* the kernel has no filters of system calls */
#define IOS_FAILURE_MEMORY	"memory"

#endif
