/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory file that keybagd shares with keybag-organisation, the program that reads certificates: keybagd writes
 * what is to be done, the program what became of it. Both are of one build, which @version tells.
 */
#ifndef KEYBAG_COMMON_ORGANISATION_EXCHANGE_H
#define KEYBAG_COMMON_ORGANISATION_EXCHANGE_H

#include <stdint.h>

#define ORGANISATION_EXCHANGE_VERSION	1
#define ORGANISATION_CERTIFICATE	8192	/* bytes of a certificate at most, as PEM or DER */
#define ORGANISATION_SUBJECT		256	/* with the terminating NUL */
#define ORGANISATION_DIGEST		32	/* SHA-256 of the certificate's DER */
#define ORGANISATION_SECRET		16

/* The descriptor of the program. */
#define ORGANISATION_EXCHANGE_DESCRIPTOR 3

/* A program that has not come to an end after this time is ended. */
#define ORGANISATION_EXCHANGE_SECONDS	10

enum organisation_verdict {
	ORGANISATION_UNDECIDED,		/* the program has not come to an end */
	ORGANISATION_DONE,
	ORGANISATION_NO_CERTIFICATE,	/* neither PEM nor DER of one */
	ORGANISATION_SEVERAL,
	ORGANISATION_PRIVATE_KEY,	/* one is in the file */
	ORGANISATION_WEAK,		/* RSA of less than 2048 bits */
	ORGANISATION_LONG,		/* RSA of more than 4096 bits */
	ORGANISATION_ALGORITHM,		/* of a key that cannot be sealed to */
	ORGANISATION_CURVE,
	ORGANISATION_UNSOUND,		/* a public key that is none */
	ORGANISATION_USAGE,		/* key usage forbids it */
	ORGANISATION_EXPIRED,
	ORGANISATION_NOT_YET,
	ORGANISATION_ROOM,		/* what is sealed to it does not fit into a keybag */
	ORGANISATION_FAILED,		/* libcrypto, or no memory */
	ORGANISATION_UNCONFINED,	/* the kernel refuses the program's confinement, without which it does nothing */
};

enum organisation_task {
	ORGANISATION_READ = 1,	/* @certificate, PEM or DER: to the facts about it, and its DER */
	ORGANISATION_SEAL,	/* @secret to @sealed, for @certificate; its dates do not count */
};

struct organisation_exchange {
	uint32_t version;
	uint32_t task;			/* enum organisation_task */
	uint32_t verdict;		/* enum organisation_verdict */
	uint32_t certificate_length;
	uint32_t sealed_length;
	uint32_t reserved;
	int64_t not_before;		/* s since the epoch */
	int64_t not_after;
	uint8_t digest[ORGANISATION_DIGEST];
	char subject[ORGANISATION_SUBJECT];	/* printable UTF-8; "" where it has none */
	uint8_t certificate[ORGANISATION_CERTIFICATE];
	uint8_t sealed[1024];		/* CMS, DER; ORGANISATION_MAX_SEALED at most */
	uint8_t secret[ORGANISATION_SECRET];
};

#endif /* KEYBAG_COMMON_ORGANISATION_EXCHANGE_H */
