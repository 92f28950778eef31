/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits of the cost of a passcode KDF.
 */
#ifndef KEYBAGD_KDF_LIMITS_H
#define KEYBAGD_KDF_LIMITS_H

/*
 * The default cost: the second recommended choice of RFC 9106 (section 4), 64 MiB and 3 passes, with one
 * lane instead of four. Lanes only help who computes them side by side; the daemon does not, so that
 * more of them would be a gift to the attacker.
 */
#define KDF_DEFAULT_MEMORY_KIB	65536
#define KDF_DEFAULT_PASSES	3
#define KDF_DEFAULT_LANES	1

#define KDF_MIN_MEMORY_KIB	64
#define KDF_MAX_MEMORY_KIB	262144
#define KDF_MAX_PASSES		100
#define KDF_MAX_LANES		4

/*
 * Cost that a user may ask for: KiB of memory times passes, for some seconds on an ordinary machine. A login waits
 * 15 s at most, and one derivation of each of two others may be ahead of it.
 */
#define KDF_MAX_COST_OF_USER	(2ULL * 1024 * 1024)

/* The least that is advised against guessing of a stolen disk (OWASP, 2023). */
#define KDF_WEAK_MEMORY_KIB	19456

/* The most that a look at a password of /etc/shadow takes, as the memory of KDFs is counted. */
#define LOGIN_PASSWORD_MEMORY_KIB	32768

#endif /* KEYBAGD_KDF_LIMITS_H */
