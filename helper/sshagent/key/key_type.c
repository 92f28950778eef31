// SPDX-License-Identifier: GPL-2.0-or-later
#include "key_type.h"

#define CERTIFICATE	"-cert-v01@openssh.com"
#define OPENSSH		"@openssh.com"

#define ED25519(name, end, fido)	{ name end, name end, KEY_ED25519, false, fido, NULL, NULL, NULL }, \
					{ name CERTIFICATE, name end, KEY_ED25519, true, fido, NULL, NULL, NULL }
#define ECDSA(front, curve, end, group, digest, fido)											\
	{ front "ecdsa-sha2-" curve end, front "ecdsa-sha2-" curve end, KEY_ECDSA, false, fido, curve, group, digest },			\
	{ front "ecdsa-sha2-" curve CERTIFICATE, front "ecdsa-sha2-" curve end, KEY_ECDSA, true, fido, curve, group, digest }

static const struct key_type types[] = {
	ED25519("ssh-ed25519", "", false),
	ECDSA("", "nistp256", "", "prime256v1", "SHA256", false),
	ECDSA("", "nistp384", "", "secp384r1", "SHA384", false),
	ECDSA("", "nistp521", "", "secp521r1", "SHA512", false),
	{ "ssh-rsa", "ssh-rsa", KEY_RSA, false, false, NULL, NULL, NULL },
	{ "ssh-rsa" CERTIFICATE, "ssh-rsa", KEY_RSA, true, false, NULL, NULL, NULL },
	ED25519("sk-ssh-ed25519", OPENSSH, true),
	ECDSA("sk-", "nistp256", OPENSSH, "prime256v1", "SHA256", true),
};

const struct key_type *key_type_find(struct bytes name)
{
	for (size_t at = 0; at < sizeof(types) / sizeof(*types); at++) {
		if (bytes_are(name, types[at].name))
			return &types[at];
	}
	return NULL;
}
