/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * X.509 certificates: the attributes of an item of class cert that follow from its data.
 *
 * Pure functions; the bytes come from clients and may be anything. The time they take is linear in
 * the length, which is bounded: what is longer than CERTIFICATE_MAX_SIZE is no certificate.
 */
#ifndef KEYCHAIN_CERTIFICATE_H
#define KEYCHAIN_CERTIFICATE_H

#include <stddef.h>

#include "helper/keychain/base/value.h"

/* Values of ctyp are the version of X.509, 1 to 3; of cenc: */
#define CERTIFICATE_ENCODING_DER 3

/*
 * Sets in @attributes, a dictionary, what one DER certificate without trailing bytes implies:
 *
 *	ctyp	integer	version, 1 to 3
 *	cenc	integer	CERTIFICATE_ENCODING_DER
 *	subj	data	subject, issr issuer: see name.h; empty for an empty name
 *	issr	data
 *	slnr	data	content of the INTEGER
 *	skid	data	subject key identifier; absent without the extension
 *	pkhh	data	SHA-1 of the public key's bits, 20 bytes: what klbl of the private key is;
 *			points of elliptic curves are taken uncompressed
 *	labl	string	common name, else organisational unit, organisation, first e-mail address,
 *			first DNS name; absent without any
 *
 * Keys that @attributes already has are overwritten: pass a new dictionary to merge yourself.
 * Returns errSecSuccess, errSecDecode (no certificate; @attributes unchanged), errSecAllocate.
 */
int certificate_attributes(const void *der, size_t length, struct value *attributes);

#endif
